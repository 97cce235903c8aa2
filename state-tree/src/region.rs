//! One half of the addresses: its pages, and the digests above them by level.
//!
//! An update goes through the levels from the pages up. A level is cut into parts that several threads hash. Children and
//! the places of digests are spread over memory, so their cache lines are asked for [`AHEAD`] nodes before they are used,
//! a few with every group that is hashed: then an update takes hardly longer than its permutations.

use crate::arena::{Arena, Part};
use crate::hashing::{PIECE, join};
use braid_primitives::{Digest, F, Page, poseidon2};
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;

/// Nodes that are hashed together: a multiple of the lanes of every vector unit.
const GROUP: usize = 8;
/// How many nodes ahead memory is asked for, in whole groups: some microseconds.
const AHEAD: usize = 4 * GROUP;

/// Numbers made here, or numbers made by L1.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) pages: Arena<Page>,
    /// By height above the pages: `digests[0]` are leaf hashes, the last holds one digest, of the whole half.
    pub(crate) digests: Vec<Arena<Digest>>,
}

impl Region {
    /// Half a tree of `depth` levels, all zero.
    pub(crate) fn new(depth: u32) -> Self {
        let length = |height: u32| 1usize << (depth - 1 - height);
        let digests = |height| Arena::new(poseidon2::empty_subtree(height as usize), length(height));
        Self { pages: Arena::new([F::ZERO; 8], length(0)), digests: (0..depth).map(digests).collect() }
    }

    /// Writes pages, given by strictly rising address less `base`, and every digest above them.
    pub(crate) fn update(&mut self, base: u64, changes: &[(u64, Page)]) {
        let Some((leaves, mut levels)) = self.digests.split_first_mut() else { return };
        let mut below = leaves;
        let mut dirty: Vec<usize> = changes.iter().map(|(address, _)| (address - base) as usize).collect();
        // Arrays of one length are cut alike.
        let least = nodes_of_a_part(dirty.len());
        let pages = self.pages.parts(&dirty, least).into_par_iter();
        let digests = below.parts(&dirty, least).into_par_iter();
        pages.zip(digests).for_each(|(pages, digests)| {
            let places = digests.places.clone();
            hash(places, Leaves { dirty: &dirty, changes, pages, digests });
        });
        while let Some((level, above)) = levels.split_first_mut() {
            dirty.iter_mut().for_each(|index| *index /= 2);
            dirty.dedup();
            level.parts(&dirty, nodes_of_a_part(dirty.len())).into_par_iter().for_each(|digests| {
                hash(digests.places.clone(), Inner { dirty: &dirty, below, digests });
            });
            (below, levels) = (level, above);
        }
    }

    /// The digest of the whole half.
    pub(crate) fn top(&self) -> Digest {
        self.digests.last().map_or([F::ZERO; 4], |level| level.get(0))
    }
}

/// Several parts for each thread, as one may be held up; but a part begins with memory that nobody asked for in time.
fn nodes_of_a_part(nodes: usize) -> usize {
    PIECE.max(nodes / (8 * rayon::current_num_threads()))
}

/// Nodes of one level, by their place in the list of those that change.
trait Nodes {
    /// Asks for the memory that the node's input is read from and its digest is written to.
    fn expect(&self, place: usize);
    /// What its digest is the hash of.
    fn input(&self, place: usize) -> [F; 8];
    /// Takes in its digest.
    fn write(&mut self, place: usize, digest: Digest);
}

/// Hashes the nodes at these places.
#[inline]
fn hash(places: std::ops::Range<usize>, mut nodes: impl Nodes) {
    let mut inputs = [[F::ZERO; 8]; GROUP];
    let [mut digests, mut written] = [[[F::ZERO; 4]; GROUP]; 2];
    let mut before = places.start..places.start;
    places.clone().take(AHEAD).for_each(|place| nodes.expect(place));
    for start in places.clone().step_by(GROUP) {
        let end = places.end.min(start + GROUP);
        for (place, input) in (start..end).zip(&mut inputs) {
            *input = nodes.input(place);
        }
        for place in start + AHEAD..places.end.min(end + AHEAD) {
            nodes.expect(place);
        }
        poseidon2::compress_many(&inputs[..end - start], &mut digests);
        // One group late: a processor waits where it reads as a whole what it has just stored in pieces.
        std::mem::replace(&mut before, start..end)
            .zip(&written)
            .for_each(|(place, digest)| nodes.write(place, *digest));
        std::mem::swap(&mut digests, &mut written);
    }
    before.zip(&written).for_each(|(place, digest)| nodes.write(place, *digest));
}

/// Changed pages and their hashes.
struct Leaves<'a> {
    dirty: &'a [usize],
    changes: &'a [(u64, Page)],
    pages: Part<'a, Page>,
    digests: Part<'a, Digest>,
}

impl Nodes for Leaves<'_> {
    #[inline]
    fn expect(&self, place: usize) {
        self.pages.prefetch(self.dirty[place]);
        self.digests.prefetch(self.dirty[place]);
    }

    #[inline]
    fn input(&self, place: usize) -> [F; 8] {
        self.changes[place].1
    }

    #[inline]
    fn write(&mut self, place: usize, digest: Digest) {
        self.pages.set(self.dirty[place], self.changes[place].1);
        self.digests.set(self.dirty[place], digest);
    }
}

/// Nodes whose children have been hashed.
struct Inner<'a> {
    dirty: &'a [usize],
    below: &'a Arena<Digest>,
    digests: Part<'a, Digest>,
}

impl Nodes for Inner<'_> {
    #[inline]
    fn expect(&self, place: usize) {
        self.below.prefetch_pair(2 * self.dirty[place]);
        self.digests.prefetch(self.dirty[place]);
    }

    #[inline]
    fn input(&self, place: usize) -> [F; 8] {
        let (left, right) = self.below.pair(2 * self.dirty[place]);
        join(left, right)
    }

    #[inline]
    fn write(&mut self, place: usize, digest: Digest) {
        self.digests.set(self.dirty[place], digest);
    }
}
