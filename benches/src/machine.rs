//! The machine that a figure belongs to.

use std::fs;

use serde::{Deserialize, Serialize};

/// Instructions that the packed arithmetic and the hash functions of a build may use, as Linux names them.
const FLAGS: [&str; 9] = ["adx", "avx2", "avx512f", "avx512ifma", "avx512vbmi", "bmi2", "gfni", "sha_ni", "vpclmulqdq"];

/// What has to be known of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Model of the processor.
    pub processor: String,
    /// Threads that a program may run at a time.
    pub threads: usize,
    /// Bytes of memory.
    pub memory: u64,
    /// Instructions that matter, of those that the processor has.
    pub flags: Vec<String>,
    /// The vector units that this program was built for.
    pub built_for: String,
    /// Whether the kernel hands out huge pages: `always`, `madvise` or `never`.
    pub huge_pages: String,
    /// Version of the kernel.
    pub kernel: String,
}

impl Machine {
    /// This machine. What the system does not tell is `unknown` or 0.
    pub fn this() -> Self {
        let processors = read("/proc/cpuinfo");
        let field = |name: &str| {
            let line = processors.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
            line.and_then(|line| line.split_once(':')).map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let known = |text: String| if text.is_empty() { "unknown".to_owned() } else { text };
        let has = field("flags");
        let flags = FLAGS.into_iter().filter(|flag| has.split(' ').any(|has| has == *flag));
        let memory = read("/proc/meminfo");
        let total = memory.lines().find(|line| line.starts_with("MemTotal:"));
        let kib = total.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0);
        let pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
        Self {
            processor: known(field("model name")),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kib << 10,
            flags: flags.map(str::to_owned).collect(),
            built_for: built_for().to_owned(),
            huge_pages: known(pages.split(['[', ']']).nth(1).unwrap_or_default().to_owned()),
            kernel: known(read("/proc/sys/kernel/osrelease").trim().to_owned()),
        }
    }
}

const fn built_for() -> &'static str {
    if cfg!(target_feature = "avx512ifma") {
        "AVX-512 IFMA"
    } else if cfg!(target_feature = "avx2") {
        "AVX2"
    } else {
        "portable"
    }
}

/// Processes that want a processor, mean of the last minute; 0 where the system does not tell.
pub fn load() -> f64 {
    read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// Seconds that finished child processes of this one have spent on processors.
pub fn processor_seconds_of_children() -> f64 {
    /// Ticks a second in that file, the same on every Linux.
    const TICKS: f64 = 100.0;
    let status = read("/proc/self/stat");
    // The second field is the name in brackets; user and system time of children are fields 16 and 17.
    let fields = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
