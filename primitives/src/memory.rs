//! Memory of the tables of a proof, gigabytes at a time.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};
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
/// A block of the size that [`keep`] says is kept when it is freed, whole, for the next one of its layout.
pub struct HugePages<A> {
    inner: A,
    kept: Mutex<Kept>,
}

/// Blocks of at least this many bytes are large. A huge page has 2 MiB.
const LARGE: usize = 4 << 20;

/// Bytes of the block that is kept; 0 for none.
static KEEPS: AtomicUsize = AtomicUsize::new(0);

/// Says to every [`HugePages`] that one block of so many bytes is to be kept when it is freed; 0 for none. More proofs of the same size
/// will need one, and what is allocated between them would come to lie in the middle of its place.
pub fn keep(bytes: usize) {
    KEEPS.store(bytes, Ordering::Relaxed);
}

/// A free block and its layout, if one is kept.
struct Kept(Option<(*mut u8, Layout)>);

// SAFETY: a free block is nobody's but the allocator's.
unsafe impl Send for Kept {}

impl<A> HugePages<A> {
    /// Over another allocator.
    pub const fn new(inner: A) -> Self {
        Self { inner, kept: Mutex::new(Kept(None)) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: GlobalAlloc> HugePages<A> {
    /// The kept block, if it is of this layout, else a new one. A kept block goes once another size is to be kept.
    ///
    /// # Safety
    /// As for [`GlobalAlloc::alloc`].
    #[cold]
    unsafe fn alloc_large(&self, layout: Layout) -> *mut u8 {
        let mut kept = self.kept();
        if let Some((block, of)) = kept.0 {
            if of == layout {
                kept.0 = None;
                return block;
            }
            if of.size() != KEEPS.load(Ordering::Relaxed) {
                kept.0 = None;
                // SAFETY: the block is the inner allocator's, asked for with this layout, and nobody uses it.
                unsafe { self.inner.dealloc(block, of) }
            }
        }
        drop(kept);
        // SAFETY: as the caller promises.
        unsafe { self.inner.alloc(layout) }
    }

    /// Keeps a block, or frees it.
    ///
    /// # Safety
    /// As for [`GlobalAlloc::dealloc`].
    #[cold]
    unsafe fn dealloc_large(&self, block: *mut u8, layout: Layout) {
        let mut kept = self.kept();
        if layout.size() == KEEPS.load(Ordering::Relaxed) && kept.0.is_none() {
            kept.0 = Some((block, layout));
        } else {
            drop(kept);
            // SAFETY: as the caller promises.
            unsafe { self.inner.dealloc(block, layout) }
        }
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
        // SAFETY: as above.
        unsafe {
            if layout.size() < LARGE { self.inner.dealloc(block, layout) } else { self.dealloc_large(block, layout) }
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
    fn one_block_of_the_size_is_kept() {
        let allocator = HugePages::new(System);
        let layout = |size| Layout::from_size_align(size, 8).unwrap();
        let [small, large] = [layout(LARGE), layout(2 * LARGE)];
        let free = || allocator.kept().0.map(|(block, _)| block);
        keep(large.size());
        // SAFETY: the layouts are not empty, and each block is given back once, with its layout.
        unsafe {
            let first = allocator.alloc(large);
            first.write(7);
            allocator.dealloc(first, large);
            assert_eq!(free(), Some(first));
            let other = allocator.alloc(small);
            allocator.dealloc(other, small);
            assert_eq!(free(), Some(first), "others come and go");
            let zeros = allocator.alloc_zeroed(large);
            assert_eq!((zeros, zeros.read(), free()), (first, 0, None), "the same block, cleared");
            let second = allocator.alloc(large);
            assert_ne!(second, first, "a block has one owner");
            allocator.dealloc(zeros, large);
            allocator.dealloc(second, large);
            assert_eq!(free(), Some(first), "one is kept");
            keep(0);
            let third = allocator.alloc(small);
            assert_eq!(free(), None, "nothing is kept any more");
            allocator.dealloc(third, small);
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
