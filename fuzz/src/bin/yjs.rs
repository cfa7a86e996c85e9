#![no_main]
libfuzzer_sys::fuzz_target!(init: wedsync_fuzz::start(), |data: &[u8]| wedsync_fuzz::run(|| wedsync_fuzz::yjs::run(data)));
