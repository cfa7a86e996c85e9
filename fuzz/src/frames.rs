//! Wire messages into frames, and back.

use wedsync_protocol::{Assembler, Frame, decode, encode, pack, unpack};

/// The input as one message, as the messages of an HTTP body, and in pieces of a larger message.
pub fn run(data: &[u8]) {
    if let Ok(frame) = decode(data) {
        comes_back(&frame);
    }
    if let Ok(messages) = unpack(data) {
        assert_eq!(pack(messages.iter().copied()), data, "a body is its messages and nothing else");
        let mut assembler = Assembler::default();
        for message in messages {
            match assembler.push(message) {
                Ok(Some(frame)) => comes_back(&frame),
                Ok(None) => {}
                Err(_) => break,
            }
        }
    }
    in_parts(data);
}

/// A frame that was read is written so that it reads the same.
fn comes_back(frame: &Frame) {
    if matches!(frame, Frame::Part { .. }) {
        return;
    }
    let mut assembler = Assembler::default();
    let mut got = None;
    for message in encode(frame) {
        assert!(got.is_none(), "a frame ends with its last part");
        got = assembler.push(&message).expect("what was encoded decodes");
    }
    assert_eq!(got.as_ref(), Some(frame));
}

/// The first byte says how large the parts are. What comes out is what the message is as a whole.
fn in_parts(data: &[u8]) {
    let Some((size, whole)) = data.split_first() else { return };
    let parts: Vec<&[u8]> = whole.chunks(usize::from(*size).max(1)).collect();
    let mut assembler = Assembler::default();
    for (i, bytes) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let part = encode(&Frame::Part { last, bytes: bytes.to_vec() });
        assert_eq!(part.len(), 1, "a part is one message");
        match assembler.push(&part[0]) {
            Ok(Some(frame)) => {
                assert!(last, "a frame before its last part");
                assert_eq!(decode(whole).as_ref(), Ok(&frame));
            }
            Ok(None) => assert!(!last, "the last part makes a frame or an error"),
            Err(_) => assert!(last && !matches!(decode(whole), Ok(f) if !matches!(f, Frame::Part { .. }))),
        }
    }
}
