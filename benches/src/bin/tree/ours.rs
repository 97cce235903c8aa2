//! Braid's own tree, its multiproofs and its store.

use std::path::Path;

use braid_benches::clock::Times;
use braid_primitives::{F, Page};
use braid_state_tree::{MIN_DEPTH, PAGES_PER_ACCOUNT, SnapshotStore, Store, Tree, multiproof};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::batches::{Batch, content};
use crate::floor::Floor;
use crate::{Failure, Least};

pub struct Ours {
    tree: Tree,
    store: SnapshotStore,
    floor: Floor,
    /// One thread, and all.
    pools: [(&'static str, ThreadPool); 2],
}

/// Pages by rising address: the first one of each account.
fn pages(batch: &Batch) -> Vec<(u64, Page)> {
    let page = |account: &u64| (PAGES_PER_ACCOUNT * account, content(batch.number, *account).map(F::new));
    batch.accounts.iter().map(page).collect()
}

impl Ours {
    /// A tree with one page of every account.
    pub fn new(accounts_log2: u32, cores: usize, folder: &Path) -> Result<Self, Failure> {
        let depth = (accounts_log2 + PAGES_PER_ACCOUNT.ilog2()).max(MIN_DEPTH);
        let mut tree = Tree::new(depth)?;
        tree.update(&pages(&Batch { number: 0, accounts: (0..1 << accounts_log2).collect() }))?;
        let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
        let pools = [("1 thread", pool(1)?), ("all threads", pool(cores)?)];
        Ok(Self { tree, store: SnapshotStore::new(&folder.join("state")), floor: Floor::new(), pools })
    }

    /// Applies a batch and says how many pages and permutations it is. Times are nanoseconds a permutation or, under names that
    /// end so, a page.
    pub fn measure(&mut self, batch: &Batch, least: &mut Least) -> Result<[usize; 2], Failure> {
        let changes = pages(batch);
        let addresses: Vec<u64> = changes.iter().map(|(address, _)| *address).collect();
        let (_, inner) = multiproof::counts(self.tree.depth(), &addresses);
        let permutations = changes.len() + inner;
        let a_permutation = |seconds: f64| 1e9 * seconds / permutations as f64;
        let a_page = |seconds: f64| 1e9 * seconds / changes.len() as f64;
        let mut roots = Vec::new();
        for (threads, pool) in &self.pools {
            let ((), floor) = Times::of(|| pool.install(|| self.floor.run(permutations)));
            // Siblings do not depend on the pages that they lead from, so the second time around they are what they were.
            let (proof, proving) = Times::of(|| pool.install(|| self.tree.prove(&addresses)));
            let (done, updating) = Times::of(|| pool.install(|| self.tree.update(&changes)));
            done?;
            roots.push((self.tree.root(), proof?));
            for (name, times) in [("floor", floor), ("update", updating)] {
                least.add(format!("{name}, {threads}, wall"), a_permutation(times.wall));
                least.add(format!("{name}, {threads}, processor"), a_permutation(times.processor));
            }
            least.add(format!("braid, {threads}/page"), a_page(updating.wall));
            least.add(format!("braid with multiproof, {threads}/page"), a_page(updating.wall + proving.wall));
            if *threads == "all threads" {
                let (done, storing) = Times::of(|| self.store.commit(&self.tree, &changes, &[]));
                done?;
                least.add(format!("braid, {threads}, durable/page"), a_page(updating.wall + storing.wall));
            }
        }
        if roots.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err("one thread and all make different trees".into());
        }
        Ok([changes.len(), permutations])
    }

    /// Whether the tree is the one that its pages make at once, and the store holds it.
    pub fn check(&self) -> Result<(), Failure> {
        let pages: Vec<(u64, Page)> = self.tree.pages().map(|(address, page)| (address, *page)).collect();
        let mut again = Tree::new(self.tree.depth())?;
        again.update(&pages)?;
        let (stored, _) = self.store.load()?.ok_or("the store is empty")?;
        if [again.root(), stored.root()] != [self.tree.root(); 2] {
            return Err("the tree is not the one of its pages".into());
        }
        Ok(())
    }
}
