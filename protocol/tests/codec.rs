//! Parts, packs, and bytes that are no frames.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wedsync_protocol::{
    Assembler, DecodeError, FRAME_MAX, FaultCode, Frame, MESSAGE_MAX, decode, encode, pack, unpack,
};

fn fault(length: usize) -> Frame {
    Frame::Fault { code: FaultCode::TryLater, message: "m".repeat(length) }
}

#[test]
fn a_frame_over_the_limit_travels_in_parts() {
    for (length, parts) in [(FRAME_MAX - 10, 1), (FRAME_MAX, 2), (3 * FRAME_MAX, 4)] {
        let messages = encode(&fault(length));
        assert_eq!(messages.len(), parts, "{length}");
        let mut assembler = Assembler::default();
        for (i, message) in messages.iter().enumerate() {
            assert!(message.len() <= FRAME_MAX);
            let whole = assembler.push(message).unwrap();
            assert_eq!(whole, (i + 1 == parts).then(|| fault(length)));
        }
        // And nothing is left of it.
        assert_eq!(assembler.push(&encode(&fault(1))[0]).unwrap(), Some(fault(1)));
    }
}

#[test]
fn parts_end_before_anything_else_begins_and_stay_within_the_limit() {
    let part = encode(&Frame::Part { last: false, bytes: vec![0; FRAME_MAX - 64] }).remove(0);
    let mut assembler = Assembler::default();
    assert_eq!(assembler.push(&part), Ok(None));
    assert_eq!(assembler.push(&encode(&fault(1))[0]), Err(DecodeError::Malformed));

    let mut assembler = Assembler::default();
    let fitting = MESSAGE_MAX / (FRAME_MAX - 64);
    for _ in 0..fitting {
        assert_eq!(assembler.push(&part), Ok(None));
    }
    assert!(matches!(assembler.push(&part), Err(DecodeError::TooBig { max: MESSAGE_MAX, .. })));

    // A part inside of parts could go on without end.
    let inner = encode(&Frame::Part { last: true, bytes: vec![] }).remove(0);
    let nested = encode(&Frame::Part { last: true, bytes: inner }).remove(0);
    assert_eq!(Assembler::default().push(&nested), Err(DecodeError::Malformed));
}

#[test]
fn a_message_over_the_limit_is_not_read() {
    let size = FRAME_MAX + 1;
    assert_eq!(decode(&vec![0; size]), Err(DecodeError::TooBig { size, max: FRAME_MAX }));
    let body = (size as u32).to_be_bytes();
    assert_eq!(unpack(&body), Err(DecodeError::TooBig { size, max: FRAME_MAX }));
}

proptest! {
    #[test]
    fn what_was_packed_is_unpacked_and_what_is_cut_is_refused(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..10),
        cut in 1usize..4,
    ) {
        let body = pack(messages.iter().map(Vec::as_slice));
        let unpacked: Vec<Vec<u8>> = unpack(&body).unwrap().into_iter().map(<[u8]>::to_vec).collect();
        prop_assert_eq!(&unpacked, &messages);
        prop_assert_eq!(unpack(&body[..body.len() - cut]), Err(DecodeError::Malformed));
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frame) = decode(&bytes) {
            prop_assert!(decode(&encode(&frame)[0]).is_ok());
        }
        let _ = Assembler::default().push(&bytes);
        let _ = unpack(&bytes);
    }
}
