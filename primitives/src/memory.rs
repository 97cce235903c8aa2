//! Memory of the tables of a proof, gigabytes at a time.

use std::alloc::{GlobalAlloc, Layout};

/// Asks for the cache lines of a slice that will be read soon, in an order that the processor cannot foresee.
#[inline(always)]
pub fn prefetch<T>(slice: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE: usize = 64;
        let start = slice.as_ptr().cast::<i8>();
        for offset in (0..std::mem::size_of_val(slice)).step_by(LINE) {
            // SAFETY: a prefetch reads nothing that the program can see, and cannot fault.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset)) }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = slice;
}

/// An allocator whose large blocks are in huge pages, and cleared by all cores.
///
/// A table is written once and read in every order: with pages of 4 KiB, each step through a column is a miss of the translation
/// buffer, and each page an exception when it is first touched. Large blocks are therefore advised to be huge pages, where the system
/// has them (Linux's `MADV_HUGEPAGE`).
///
/// A large block of zeros is cleared by as many threads as there are cores. On a virtual machine the first touch of memory may take the host
/// a second for each gigabyte, whoever does it. Small blocks are the inner allocator's alone.
pub struct HugePages<A>(pub A);

/// Blocks of at least this many bytes are large. A huge page has 2 MiB.
const LARGE: usize = 4 << 20;

/// Bytes for which a thread is worth its start.
const SHARE: usize = 32 << 20;

// SAFETY: every block is the inner allocator's, asked for with the same layout, and all zeros where that is asked for. Advice neither moves
// memory nor changes what is in it.
unsafe impl<A: GlobalAlloc> GlobalAlloc for HugePages<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the inner allocator asks for.
        let block = unsafe { self.0.alloc(layout) };
        if layout.size() >= LARGE && !block.is_null() {
            advise(block, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() < LARGE {
            // SAFETY: as above.
            return unsafe { self.0.alloc_zeroed(layout) };
        }
        // SAFETY: as above; a block that is there has the size of the layout.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                clear(block, layout.size());
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
        // SAFETY: as above.
        unsafe { self.0.realloc(block, layout, size) }
    }
}

#[cfg(target_os = "linux")]
#[cold]
fn advise(block: *mut u8, size: usize) {
    /// Advice is given for whole pages.
    const PAGE: usize = 4096;
    let before = block.align_offset(PAGE);
    let Some(whole) = size.checked_sub(before).map(|rest| rest & !(PAGE - 1)) else { return };
    // SAFETY: the pages lie within a block that was just allocated, and the advice does not change their content.
    // Where there are no huge pages, all stays as it is.
    let _ = unsafe { rustix::mm::madvise(block.wrapping_add(before).cast(), whole, rustix::mm::Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_block: *mut u8, _size: usize) {}

/// A part of a block that one thread clears.
struct Part(*mut u8);

// SAFETY: the part is its owner's alone.
unsafe impl Send for Part {}

/// Writes zeros.
///
/// # Safety
/// The block has `size` bytes, and nobody else uses it.
#[cold]
unsafe fn clear(block: *mut u8, size: usize) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(size / SHARE).max(1);
    let share = size.div_ceil(threads);
    std::thread::scope(|scope| {
        for start in (0..size).step_by(share) {
            let length = share.min(size - start);
            let part = Part(block.wrapping_add(start));
            let run = move || {
                let Part(start) = { part };
                // SAFETY: parts of the block do not overlap, and all of them end before this function does.
                unsafe { start.write_bytes(0, length) }
            };
            if start + length == size {
                run();
            } else if std::thread::Builder::new().spawn_scoped(scope, run).is_err() {
                // SAFETY: as above; the thread was not started.
                unsafe { block.wrapping_add(start).write_bytes(0, length) }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;

    #[test]
    fn blocks_of_all_sizes_hold_what_is_written() {
        let allocator = HugePages(System);
        for size in [1, 4096, LARGE - 1, LARGE, LARGE + 12_345, 3 * SHARE + 1] {
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: the layout is not empty, and the block is written and read within its size before it is given back.
            unsafe {
                let block = allocator.alloc_zeroed(layout);
                assert!(!block.is_null());
                assert!(std::slice::from_raw_parts(block, size).iter().all(|byte| *byte == 0), "{size} bytes");
                block.add(size - 1).write(7);
                let block = allocator.realloc(block, layout, 2 * size);
                assert_eq!(block.add(size - 1).read(), 7);
                allocator.dealloc(block, Layout::from_size_align(2 * size, 8).unwrap());
            }
        }
    }
}
