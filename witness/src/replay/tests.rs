use super::*;
use crate::capacity::Rows;
use crate::cutting::Cutter;
use crate::encoding::EncodingError;
use crate::executor::{Policy, authenticate, execute, plan};
use crate::fixture::{self, chain, environment, interpreter, look, pay, put, state};
use braid_primitives::poseidon2;
use proptest::prelude::*;

/// A chunk with every kind of transaction in it.
fn sample() -> Chunk {
    let (interpreter, environment, mut tree) = (interpreter(), environment(), state(5));
    let submitted = vec![pay(1, 2, 100, 3, 0), put(2, 50), look(3, 2, 0), pay(2, 7, 1150, 4, 0), pay(1, 2, 1, 0, 1)];
    let authenticated = authenticate(&interpreter, &environment, &tree, &submitted);
    let plan = plan(&interpreter, &submitted, &authenticated);
    let (executed, rejections) =
        execute(&interpreter, &environment, Policy::default(), &tree, submitted, authenticated, &plan);
    assert_eq!(rejections, []);
    let capacity =
        Rows { cpu: 1000, page: 1000, tree: 1000, sponge: 1000, wide: 1000, signature: 1000, bucket: 30_000 };
    let (parameters, context) = chain();
    let before = fixture::boundary(&tree);
    let cutter = Cutter { interpreter: &interpreter, parameters, context, capacity };
    let (mut cuts, _) = cutter.cut(&mut tree, before, executed).unwrap();
    assert_eq!(cuts.len(), 1);
    cuts.remove(0).chunk
}

fn replay(chunk: &Chunk) -> Result<ChunkRecord, ReplayError> {
    chunk.replay_prepared(&interpreter())
}

#[test]
fn memory_is_consistent() {
    let chunk = sample();
    let record = replay(&chunk).unwrap();
    for touch in &record.touches {
        let (mut content, mut time) = (touch.old, 0);
        for (transaction, now) in record.transactions.iter().zip(1..) {
            for access in transaction.pages.iter().filter(|access| access.address == touch.address) {
                assert_eq!((access.old, access.previous), (content, time));
                assert_eq!(access.account * F::from_u32(16) + access.slot, F::from_u64(access.address));
                (content, time) = (access.new, now);
            }
        }
        assert_eq!((touch.new, touch.last_time), (content, time));
    }
    assert_eq!((record.after.fees, record.after.count), (7, 5));
    assert_eq!(poseidon2::compress_page(&record.nodes[0].new), record.after.root);
    assert_eq!(poseidon2::compress_page(&record.nodes[0].old), record.before.root);
}

#[test]
fn an_empty_chunk_opens_the_root_and_changes_nothing() {
    let (parameters, context) = chain();
    let tree = state(3);
    let before = fixture::boundary(&tree);
    let proof = tree.prove(&[]).unwrap();
    let chunk = Chunk { parameters, context, before, transactions: vec![], pages: vec![], proof };
    let record = replay(&chunk).unwrap();
    assert_eq!((record.after, record.nodes.len()), (before, 1));
}

#[test]
fn hostile_chunks_are_refused() {
    let good = sample();
    let refused = |change: &dyn Fn(&mut Chunk)| {
        let mut chunk = good.clone();
        change(&mut chunk);
        replay(&chunk).unwrap_err()
    };
    assert_eq!(refused(&|c| c.before.root[0] += F::ONE), ReplayError::Root);
    assert_eq!(refused(&|c| c.pages[0].1[7] += F::ONE), ReplayError::Root);
    assert_eq!(refused(&|c| c.proof.siblings[0][0] += F::ONE), ReplayError::Root);
    assert!(matches!(refused(&|c| c.pages.swap(0, 1)), ReplayError::Proof(_)));
    assert!(matches!(refused(&|c| c.pages.push(c.pages[0])), ReplayError::Proof(_)));
    assert!(matches!(refused(&|c| c.parameters.depth = 60), ReplayError::Proof(_)));
    assert!(matches!(refused(&|c| c.parameters.depth -= 1), ReplayError::Proof(_)));
    assert!(matches!(refused(&|c| c.parameters.chain_id += F::ONE), ReplayError::Transaction { index: 0, .. }));
    assert!(matches!(refused(&|c| c.context.timestamp += 1), ReplayError::Transaction { index: 0, .. }));
    assert!(matches!(refused(&|c| c.context.number = 1 << 40), ReplayError::TooLarge { what: "block", .. }));
    assert!(matches!(refused(&|c| c.before.fees = 1 << 62), ReplayError::TooLarge { what: "fees", .. }));
    assert!(matches!(refused(&|c| c.transactions.swap(0, 4)), ReplayError::Transaction { .. }));
    assert!(matches!(refused(&|c| c.transactions[3].program = 9), ReplayError::Transaction { index: 3, .. }));
    let signature = refused(&|c| c.transactions[4].signatures[0].w_r[1] += F::ONE);
    let reason = Reason::BadSignature { message: 1, page: "user".into(), account: 1 };
    assert_eq!(signature, ReplayError::Transaction { index: 4, reason });
    let many = refused(&|c| c.transactions = vec![c.transactions[1].clone(); MAX_TRANSACTIONS + 1]);
    assert_eq!(many, ReplayError::TooMany(MAX_TRANSACTIONS + 1));
}

#[test]
fn a_page_that_is_not_in_the_chunk_is_missed() {
    let mut chunk = sample();
    let tree = state(5);
    let addresses: Vec<u64> =
        chunk.pages.iter().map(|(address, _)| *address).filter(|address| *address != 16).collect();
    chunk.pages.retain(|(address, _)| *address != 16);
    chunk.proof = tree.prove(&addresses).unwrap();
    assert_eq!(replay(&chunk).unwrap_err(), ReplayError::MissingPage { index: 0, address: 16 });
}

#[test]
fn a_chunk_has_one_encoding() {
    let chunk = sample();
    let bytes = chunk.to_bytes().unwrap();
    assert_eq!(Chunk::from_bytes(&bytes).unwrap(), chunk);
    assert_eq!(Chunk::from_bytes(&bytes[1..]), Err(EncodingError::Magic));
    assert!(matches!(Chunk::from_bytes(&bytes[..bytes.len() - 1]), Err(EncodingError::Damaged(_))));
    assert_eq!(Chunk::from_bytes(&[bytes.as_slice(), &[0]].concat()), Err(EncodingError::NotCanonical));
    // The chain id comes first: p + 7 is not 7.
    let mut large = bytes.clone();
    large[8..16].copy_from_slice(&(braid_primitives::MODULUS + 7).to_le_bytes());
    assert!(matches!(Chunk::from_bytes(&large), Err(EncodingError::Damaged(_))));
    // The depth, 14, as two bytes.
    let long = [&bytes[..16], &[0x8e, 0x00], &bytes[17..]].concat();
    assert_eq!(Chunk::from_bytes(&long), Err(EncodingError::NotCanonical));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// No change of a byte makes the decoder or the replay panic, or a page or signature pass for another.
    #[test]
    fn no_damaged_chunk_panics(position in any::<prop::sample::Index>(), value in any::<u8>()) {
        let good = sample();
        let mut bytes = good.to_bytes().unwrap();
        let position = position.index(bytes.len());
        bytes[position] = value;
        if let Ok(chunk) = Chunk::from_bytes(&bytes)
            && let Ok(record) = replay(&chunk)
        {
            prop_assert_eq!((&chunk.pages, &chunk.proof), (&good.pages, &good.proof));
            // Nobody signs a deposit: its amount is L1's word, which the inbox chain holds.
            let signed = |chunk: &Chunk| chunk.transactions.iter().filter(|t| !t.signatures.is_empty()).cloned().collect::<Vec<_>>();
            prop_assert_eq!(signed(&chunk), signed(&good));
            prop_assert!(chunk.transactions == good.transactions || record.after.inbox != replay(&good).unwrap().after.inbox);
            prop_assert_eq!(record.before.root, good.before.root);
        }
    }
}
