//! Hostile bytes, one module for each way in. A target runs one input to its end and panics where something that must
//! hold does not; `src/bin` has a program for each, which libFuzzer drives.
//!
//! - [`frames`]: wire messages into frames, and back
//! - [`judge`]: sessions of commands as JSON text, against a real room
//! - [`plan`]: the same, of commands that parse: any type, any field, any value
//! - [`notes`]: Yjs updates of notes, through the strict reader and the room
//! - [`yjs`]: messages of stock Yjs clients
//! - [`import`]: CSV files
//! - [`ics`]: calendar files
//! - [`document`]: Yjs updates into structured documents
//! - [`device`]: a hub of ill will, and an engine
//! - [`replica`]: damaged rows in a device's store
//!
//! Beside them: [`hub`] is a room with a small plan, and what must hold of it after every step; [`tab`] drives an engine.

pub mod device;
pub mod document;
pub mod frames;
pub mod hub;
pub mod ics;
pub mod import;
pub mod judge;
pub mod notes;
pub mod plan;
pub mod replica;
pub mod tab;
pub mod yjs;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// To be called once before the first input. The hook of libfuzzer-sys ends the process at every panic, and the hub
/// catches some: here a panic is noted, and ends the process only if nobody catches it.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        LAST_PANIC.with(|last| *last.borrow_mut() = text);
    }));
}

/// Runs one input.
pub fn run(target: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(target)).is_err() {
        LAST_PANIC.with(|last| eprintln!("\n{}", last.borrow()));
        std::process::abort();
    }
}

/// The largest allocation that any input may lead to.
const ALLOCATION_MAX: usize = 32 << 20;

/// Ends the process where a short input makes something allocate a lot, as lengths that are believed do.
struct Bounded;

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

// SAFETY: everything is the system allocator's; a null pointer says that there is no memory, as it would.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > ALLOCATION_MAX { std::ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > ALLOCATION_MAX {
            std::ptr::null_mut()
        } else {
            unsafe { System.realloc(pointer, layout, size) }
        }
    }
}
