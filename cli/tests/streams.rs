//! Standard output and standard error that take nothing: the exit code still says what happened, and nothing panics.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `braid` in the repository's root.
fn braid(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_braid"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A stream that is full: every write fails.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    std::io::pipe().unwrap().1.into()
}

/// Exit code and standard error, which is empty where that is taken away.
fn end(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

const EXECUTE: [&str; 2] = ["execute", "examples/payday.jsonl"];
const REFUSED: [&str; 2] = ["execute", "none.jsonl"];

#[test]
fn a_result_that_cannot_be_written_is_the_machines_fault() {
    for json in [&[][..], &["--json"]] {
        let words = [&EXECUTE[..], json].concat();
        let mut command = braid(&words);
        command.stdout(full());
        let (code, error) = end(command);
        assert_eq!(code, Some(4), "{error}");
        assert!(!error.contains("panicked"), "{error}");
        assert!(!json.is_empty() || error.contains("standard output: the disk is full"), "{error}");
    }
}

/// As `head` ends a pipe: whoever reads has seen enough.
#[test]
fn a_reader_that_has_gone_is_no_error() {
    let mut command = braid(&EXECUTE);
    command.stdout(closed());
    assert_eq!(end(command), (Some(0), String::new()));
}

#[test]
fn an_error_that_nobody_can_read_keeps_its_code() {
    for stream in [full, closed] {
        for json in [&[][..], &["--json"]] {
            let words = [&REFUSED[..], json].concat();
            let mut command = braid(&words);
            command.stdout(stream()).stderr(stream());
            assert_eq!(command.status().unwrap().code(), Some(3), "{words:?}");
        }
        let mut command = braid(&[&REFUSED[..], &["--json"]].concat());
        command.stdout(stream());
        assert_eq!(end(command), (Some(3), String::new()));
    }
}

/// Numbers of threads that no machine has are wrong usage.
#[test]
fn numbers_of_threads() {
    for threads in ["0", "1025", "100000", "many"] {
        let (code, error) = end(braid(&["params", "--threads", threads]));
        assert_eq!(code, Some(2), "{threads}: {error}");
        assert!(error.contains("--threads"), "{error}");
    }
    assert_eq!(end(braid(&["params", "--threads", "3"])), (Some(0), String::new()));
}

/// A process that reads standard input, and has read so much that the pipe does not hold it.
fn reading(words: &[&str]) -> Child {
    let mut child = braid(words).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(&vec![b'\n'; 1 << 20]).unwrap();
    child
}

/// A bar that nobody sees needs no thread: there is the first one and the pool.
#[test]
fn no_thread_for_a_bar_that_nobody_sees() {
    for quiet in [&[][..], &["--quiet"]] {
        let child = reading(&[&["execute", "-", "--threads", "1"], quiet].concat());
        let threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().count();
        // Its input ends here: no transactions, and no genesis to run them on.
        let output = child.wait_with_output().unwrap();
        assert_eq!((threads, output.status.code()), (2, Some(3)), "{output:?}");
    }
}

/// Colours are for terminals.
#[test]
fn no_colours_where_standard_error_is_no_terminal() {
    let (code, error) = end(braid(&[&EXECUTE[..], &["--verbose", "--timestamp", "1"]].concat()));
    assert_eq!(code, Some(0), "{error}");
    assert!(error.contains("DEBUG") && !error.contains('\u{1b}'), "{error:?}");
}
