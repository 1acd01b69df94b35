use super::*;

/// A state of every kind of thing that a file can hold.
pub fn trial() -> State {
    State {
        sequence: 7,
        accepted: 42,
        accepted_digest: Digest([0xa1; 16]),
        baseline: Digest([0xb1; 16]),
        fingerprint: 0x0123_4567_89ab_cdef,
        serving: Some(Serving {
            version: 41,
            image: Digest([0x1a; 16]),
            published: Duration::new(1_790_000_000, 123_456_789),
            push: Arc::new((0..=255).collect()),
        }),
        standing: Standing::Trial(Trial {
            closed: true,
            nanos: 59_999_999_999,
            lookups: 9_999,
        }),
        cause: Cause::Publish,
        reason: "höher, für das Fest".to_owned(),
        quarantined: vec![Digest([0xc1; 16]), Digest([0xc2; 16])],
    }
}

fn baseline() -> State {
    State {
        serving: None,
        standing: Standing::Good,
        cause: Cause::KillSwitch,
        reason: String::new(),
        quarantined: Vec::new(),
        ..trial()
    }
}

fn fresh() -> State {
    State {
        accepted: 0,
        accepted_digest: Digest::default(),
        ..baseline()
    }
}

/// One sealed anew after it was changed.
fn sealed(state: &State, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = state.encode().unwrap();
    bytes.truncate(bytes.len() - DIGEST);
    change(&mut bytes);
    let length = (bytes.len() + DIGEST) as u64;
    bytes[16..24].copy_from_slice(&length.to_le_bytes());
    let digest = Digest::of(&bytes);
    bytes.extend_from_slice(&digest.0);
    bytes
}

#[test]
fn what_is_written_is_read() {
    let mut largest = trial();
    largest.reason = "x".repeat(REASON_BYTES_MAX);
    largest.quarantined = vec![Digest([9; 16]); QUARANTINED_MAX];
    let good = State {
        standing: Standing::Good,
        ..trial()
    };
    for state in [trial(), good, baseline(), fresh(), largest] {
        let bytes = state.encode().unwrap();
        assert_eq!(State::decode(&bytes), Ok(state.clone()));
        // Sealing anew, as the other tests do, changes nothing by itself.
        assert_eq!(sealed(&state, |_| ()), bytes);
    }
}

#[test]
fn the_layout_is_what_the_table_says() {
    let bytes = trial().encode().unwrap();
    let (reason, push) = (trial().reason.len(), 256);
    assert_eq!(bytes.len(), 176 + reason + 2 * 16 + push + 16);
    assert_eq!(&bytes[..8], b"rw-store");
    assert_eq!(bytes[8..16], [1, 0, 0, 0, 176, 0, 0, 0]);
    assert_eq!(bytes[24..32], 7_u64.to_le_bytes());
    assert_eq!(bytes[32..40], 42_u64.to_le_bytes());
    assert_eq!(bytes[40..56], [0xa1; 16]);
    assert_eq!(bytes[56..72], [0xb1; 16]);
    assert_eq!(bytes[72..80], 0x0123_4567_89ab_cdef_u64.to_le_bytes());
    assert_eq!(bytes[80..88], 41_u64.to_le_bytes());
    assert_eq!(bytes[88..104], [0x1a; 16]);
    assert_eq!(bytes[104..112], 1_790_000_000_123_456_789_u64.to_le_bytes());
    assert_eq!(bytes[112..120], 59_999_999_999_u64.to_le_bytes());
    assert_eq!(bytes[120..128], 9_999_u64.to_le_bytes());
    assert_eq!(bytes[128..132], [2, 1, 0, 0]);
    assert_eq!(bytes[132..136], (reason as u32).to_le_bytes());
    assert_eq!(bytes[136..144], [2, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[144..152], 256_u64.to_le_bytes());
    assert_eq!(&bytes[176..176 + reason], trial().reason.as_bytes());
    assert_eq!(bytes[176 + reason..][..16], [0xc1; 16]);
    let sealed = bytes.len() - 16;
    assert_eq!(bytes[sealed..], Digest::of(&bytes[..sealed]).0);
}

/// What is done to a file that is sealed again afterwards, and what it is refused for.
type Forgery = (&'static str, fn(&mut Vec<u8>), Damage);

const FORGERIES: &[Forgery] = &[
    ("magic", |b| b[0] = b'R', Damage::Magic),
    ("format 0", |b| b[8] = 0, Damage::Format { found: 0 }),
    ("format 2", |b| b[8] = 2, Damage::Format { found: 2 }),
    ("header", |b| b[12] = 177, Damage::Field("header")),
    (
        "accepted below version",
        |b| b[32] = 40,
        Damage::Field("accepted"),
    ),
    (
        "nothing accepted",
        |b| b[32..40].fill(0),
        Damage::Field("accepted"),
    ),
    ("no image", |b| b[88..104].fill(0), Damage::Field("image")),
    ("version 0", |b| b[80] = 0, Damage::Field("image")),
    ("standing 0", |b| b[128] = 0, Damage::Field("standing")),
    ("standing 4", |b| b[128] = 4, Damage::Field("standing")),
    ("good, with a trial", |b| b[128] = 3, Damage::Field("trial")),
    ("cause 0", |b| b[129] = 0, Damage::Field("cause")),
    ("cause 10", |b| b[129] = 10, Damage::Field("cause")),
    ("zeros at 130", |b| b[131] = 1, Damage::Field("zeros")),
    ("zeros at 140", |b| b[143] = 1, Damage::Field("zeros")),
    ("zeros at 152", |b| b[175] = 1, Damage::Field("zeros")),
    (
        "reason not UTF-8",
        |b| b[177] = 0xff,
        Damage::Field("reason"),
    ),
    (
        "reason past the end",
        |b| b[134] = 1,
        Damage::Field("reason"),
    ),
    ("reason too short", |b| b[132] -= 1, Damage::Field("push")),
    ("more in quarantine", |b| b[136] = 3, Damage::Field("push")),
    (
        "very much in quarantine",
        |b| b[136..140].fill(0xff),
        Damage::Field("quarantined"),
    ),
    (
        "push without end",
        |b| b[144..152].fill(0xff),
        Damage::Field("push"),
    ),
    ("push too short", |b| b[144] = 1, Damage::Field("push")),
    ("more at the end", |b| b.push(0), Damage::Field("push")),
    (
        "only the frame",
        |b| b.truncate(24),
        Damage::Short { found: 40 },
    ),
    (
        "half a header",
        |b| b.truncate(100),
        Damage::Short { found: 116 },
    ),
];

#[test]
fn a_forged_file_is_refused() {
    for (name, change, damage) in FORGERIES {
        let bytes = sealed(&trial(), change);
        assert_eq!(State::decode(&bytes), Err(*damage), "{name}");
    }
    let on_trial = sealed(&baseline(), |b| b[128] = 1);
    assert_eq!(State::decode(&on_trial), Err(Damage::Field("standing")));
    let by_nothing = sealed(&fresh(), |b| b[40] = 1);
    assert_eq!(
        State::decode(&by_nothing),
        Err(Damage::Field("accepted_digest"))
    );
    let published = sealed(&baseline(), |b| b[104] = 1);
    assert_eq!(State::decode(&published), Err(Damage::Field("published")));
}

#[test]
fn what_is_too_much_is_not_written() {
    let mut state = trial();
    state.reason = "x".repeat(REASON_BYTES_MAX + 1);
    assert_eq!(state.encode(), Err(Damage::Field("reason")));
    let mut state = trial();
    state.quarantined = vec![Digest([9; 16]); QUARANTINED_MAX + 1];
    assert_eq!(state.encode(), Err(Damage::Field("quarantined")));
    let mut state = trial();
    let push = |state: &mut State, bytes| {
        state.serving.as_mut().unwrap().push = Arc::new(vec![1; bytes]);
    };
    push(&mut state, PUSH_BYTES_MAX);
    assert!(state.encode().is_ok());
    push(&mut state, PUSH_BYTES_MAX + 1);
    assert_eq!(state.encode(), Err(Damage::Field("push")));
    push(&mut state, FILE_BYTES_MAX);
    assert!(matches!(state.encode(), Err(Damage::Long { .. })));
}

#[test]
fn no_part_of_a_file_is_a_file() {
    let bytes = trial().encode().unwrap();
    for length in 0..bytes.len() {
        assert!(State::decode(&bytes[..length]).is_err(), "{length} bytes");
        assert!(State::decode(&bytes[length..]).is_err() || length == 0);
    }
    for more in [&[0][..], &bytes] {
        assert!(State::decode(&[&bytes, more].concat()).is_err());
    }
}

/// A file of 4 KiB, and its successor of the same size.
fn pages() -> [Vec<u8>; 2] {
    let file = |sequence, fill: u8| {
        let mut state = trial();
        state.sequence = sequence;
        let rest = 4_096 - (state.encode().unwrap().len() - 256);
        state.serving.as_mut().unwrap().push = Arc::new(vec![fill; rest]);
        state.encode().unwrap()
    };
    [file(7, 0x55), file(8, 0x66)]
}

#[test]
fn no_flipped_bit_is_overlooked() {
    let mut bytes = pages()[0].clone();
    assert_eq!(bytes.len(), 4_096);
    let mut flips = 0;
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(State::decode(&bytes).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
        flips += 1;
    }
    assert_eq!(flips, 32_768);
    assert!(State::decode(&bytes).is_ok());
}

#[test]
fn no_lost_or_foreign_sector_is_overlooked() {
    let [old, new] = pages();
    for sectors in 1..1_u32 << 8 {
        let each = |f: &mut dyn FnMut(usize)| {
            (0..8)
                .filter(|at| sectors & 1 << at != 0)
                .for_each(|at| f(at * 512));
        };
        let mut zeroed = old.clone();
        each(&mut |at| zeroed[at..at + 512].fill(0));
        assert!(State::decode(&zeroed).is_err(), "{sectors:08b} zeroed");
        // All 254 files that are partly the old and partly the new one.
        let mut mixed = old.clone();
        each(&mut |at| mixed[at..at + 512].copy_from_slice(&new[at..at + 512]));
        let whole = mixed == old || mixed == new;
        assert_eq!(State::decode(&mixed).is_ok(), whole, "{sectors:08b} mixed");
    }
}
