//! Memory of the tables of a proof, gigabytes at a time.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
///
/// While [`keep_largest`] says so, the largest block that the process has had is kept when it is freed, whole, for the next one of its
/// layout.
pub struct HugePages<A> {
    inner: A,
    kept: Mutex<Kept>,
}

/// Blocks of at least this many bytes are large. A huge page has 2 MiB.
const LARGE: usize = 4 << 20;

/// Whether the largest block is kept.
static KEEPS: AtomicBool = AtomicBool::new(false);

/// Says to every [`HugePages`] whether the largest block that it has had is to be kept when it is freed. More proofs of the same size
/// will need one, and what is allocated between them would come to lie in the middle of its place.
pub fn keep_largest(keep: bool) {
    KEEPS.store(keep, Ordering::Relaxed);
}

/// The layout of the largest block that there has been, and such a block, if one is free.
struct Kept {
    largest: Layout,
    free: *mut u8,
}

// SAFETY: a free block is nobody's but the allocator's.
unsafe impl Send for Kept {}

impl<A> HugePages<A> {
    /// Over another allocator.
    pub const fn new(inner: A) -> Self {
        Self { inner, kept: Mutex::new(Kept { largest: Layout::new::<u8>(), free: ptr::null_mut() }) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: GlobalAlloc> HugePages<A> {
    /// The kept block, if it is of this layout, else a new one. It goes if a larger one takes its place or nothing is to be kept any more.
    ///
    /// # Safety
    /// As for [`GlobalAlloc::alloc`].
    #[cold]
    unsafe fn alloc_large(&self, layout: Layout) -> *mut u8 {
        let mut kept = self.kept();
        if layout == kept.largest && !kept.free.is_null() {
            return std::mem::replace(&mut kept.free, ptr::null_mut());
        }
        let larger = layout.size() > kept.largest.size();
        if (larger || !KEEPS.load(Ordering::Relaxed)) && !kept.free.is_null() {
            let block = std::mem::replace(&mut kept.free, ptr::null_mut());
            // SAFETY: the block is the inner allocator's, asked for with this layout, and nobody uses it.
            unsafe { self.inner.dealloc(block, kept.largest) }
        }
        if larger {
            kept.largest = layout;
        }
        drop(kept);
        // SAFETY: as the caller promises.
        unsafe { self.inner.alloc(layout) }
    }

    /// Keeps a block that is freed, if it is as large as the largest.
    fn keep(&self, block: *mut u8, layout: Layout) -> bool {
        let mut kept = self.kept();
        let keeps = KEEPS.load(Ordering::Relaxed) && layout == kept.largest && kept.free.is_null();
        if keeps {
            kept.free = block;
        }
        keeps
    }
}

/// Bytes for which a thread is worth its start.
const SHARE: usize = 32 << 20;

// SAFETY: every block is the inner allocator's, asked for with the same layout, and all zeros where that is asked for; a kept one is handed out
// for that layout only, and to one owner at a time. Advice neither moves memory nor changes what is in it.
unsafe impl<A: GlobalAlloc> GlobalAlloc for HugePages<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the inner allocator asks for.
        let block = unsafe { if layout.size() < LARGE { self.inner.alloc(layout) } else { self.alloc_large(layout) } };
        if layout.size() >= LARGE && !block.is_null() {
            advise(block, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() < LARGE {
            // SAFETY: as above.
            return unsafe { self.inner.alloc_zeroed(layout) };
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
        if layout.size() < LARGE || !self.keep(block, layout) {
            // SAFETY: as above.
            unsafe { self.inner.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.inner.realloc(block, layout, size) }
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
    fn the_largest_block_is_kept() {
        let allocator = HugePages::new(System);
        let layout = |size| Layout::from_size_align(size, 8).unwrap();
        let [small, large] = [layout(LARGE), layout(2 * LARGE)];
        keep_largest(true);
        // SAFETY: the layouts are not empty, and each block is given back once, with its layout.
        unsafe {
            let first = allocator.alloc(small);
            allocator.dealloc(first, small);
            assert_eq!(allocator.kept().free, first);
            assert_eq!(allocator.alloc(small), first, "the same block");
            let other = allocator.alloc(large);
            allocator.dealloc(first, small);
            assert!(allocator.kept().free.is_null(), "a larger one is what will be kept");
            other.write(7);
            allocator.dealloc(other, large);
            let zeros = allocator.alloc_zeroed(large);
            assert_eq!((zeros, zeros.read()), (other, 0));
            let second = allocator.alloc(large);
            assert_ne!(second, other, "a block has one owner");
            allocator.dealloc(zeros, large);
            allocator.dealloc(second, large);
            assert_eq!(allocator.kept().free, other, "one is kept");
            keep_largest(false);
            let third = allocator.alloc(small);
            assert!(allocator.kept().free.is_null(), "nothing is kept any more");
            allocator.dealloc(third, small);
            assert!(allocator.kept().free.is_null());
        }
    }

    #[test]
    fn blocks_of_all_sizes_hold_what_is_written() {
        let allocator = HugePages::new(System);
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
