//! Memory of the tables of a proof, gigabytes at a time.

use std::alloc::{GlobalAlloc, Layout};

/// An allocator whose large blocks are in huge pages and are there before they are used.
///
/// A table is written once and read in every order. Pages of 4 KiB cost an exception each when they are first touched, and a miss of the
/// translation buffer at each step through a column. Large blocks are therefore asked for as huge pages and populated at once,
/// which is Linux's `MADV_HUGEPAGE` and `MADV_POPULATE_WRITE`; where the system knows neither, or has no such pages left, nothing changes
/// but speed. Small blocks are the inner allocator's alone.
pub struct HugePages<A>(pub A);

/// Blocks of at least this many bytes are large. A huge page has 2 MiB.
const LARGE: usize = 16 << 20;

// SAFETY: every block is the inner allocator's, asked for with the same layout, and all zeros where that is asked for. Advice neither moves
// memory nor changes what is in it.
unsafe impl<A: GlobalAlloc> GlobalAlloc for HugePages<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the inner allocator asks for.
        prepared(unsafe { self.0.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() < LARGE {
            // SAFETY: as above.
            return unsafe { self.0.alloc_zeroed(layout) };
        }
        // Memory that was used before is cleared here. Allocators that give it back to the system instead, to have it cleared by
        // page faults, pay several times as much.
        // SAFETY: as above; a block that is there has the size of the layout.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                block.write_bytes(0, layout.size());
            }
            block
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A block that grows step by step is not populated ahead: most of it may never be used.
        // SAFETY: as above.
        unsafe { self.0.realloc(block, layout, size) }
    }
}

#[inline]
fn prepared(block: *mut u8, size: usize) -> *mut u8 {
    if size >= LARGE && !block.is_null() {
        prepare(block, size);
    }
    block
}

#[cfg(target_os = "linux")]
#[cold]
fn prepare(block: *mut u8, size: usize) {
    use rustix::mm::{Advice, madvise};

    /// Advice is given for whole pages.
    const PAGE: usize = 4096;
    let before = block.align_offset(PAGE);
    let Some(whole) = size.checked_sub(before).map(|rest| rest & !(PAGE - 1)).filter(|&whole| whole > 0) else {
        return;
    };
    let start = block.wrapping_add(before);
    for advice in [Advice::LinuxHugepage, Advice::LinuxPopulateWrite] {
        // SAFETY: the pages lie within a block that was just allocated, and neither kind of advice changes their content.
        if unsafe { madvise(start.cast(), whole, advice) }.is_err() {
            // An older system, or no memory left: pages come as they are touched.
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn prepare(_block: *mut u8, _size: usize) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;

    #[test]
    fn blocks_of_all_sizes_hold_what_is_written() {
        let allocator = HugePages(System);
        for size in [1, 4096, LARGE - 1, LARGE, LARGE + 12_345] {
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: the layout is not empty, and the block is written and read within its size before it is given back.
            unsafe {
                let block = allocator.alloc_zeroed(layout);
                assert!(!block.is_null());
                assert_eq!([block.read(), block.add(size - 1).read()], [0, 0]);
                block.add(size - 1).write(7);
                let block = allocator.realloc(block, layout, 2 * size);
                assert_eq!(block.add(size - 1).read(), 7);
                allocator.dealloc(block, Layout::from_size_align(2 * size, 8).unwrap());
            }
        }
    }
}
