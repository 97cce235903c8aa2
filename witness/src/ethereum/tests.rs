use super::*;
use crate::batch::{Batch, BatchResult};
use crate::capacity::Rows;
use crate::executor::Policy;
use crate::rejection::Rejection;

/// One block with an operation of every kind, and those that need a reduction.
fn text() -> String {
    let lines = [
        r#"{"workload":"ethereum-mainnet","block":100,"timestamp":1600000000,"operations":9,"skipped":2}"#,
        r#"{"op":"transfer","from":"0xa1","to":"0xb2","asset":"ETH","amount":"1970000000000000000000","tx":"0x1"}"#,
        r#"{"op":"transfer","from":"0xa1","to":"0xb2","asset":"ETH","amount":"1","tx":"0x2"}"#,
        r#"{"op":"transfer","from":"0xb2","to":"0xc3","asset":"0xt0","amount":"5000000","spender":"0xd4","tx":"0x3"}"#,
        r#"{"op":"transfer","from":"0xc3","to":"0xc3","asset":"0xt0","amount":"4000000","tx":"0x4"}"#,
        r#"{"op":"swap","trader":"0xc3","path":["0xt0","0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"],"amount_in":"1000000","amount_out_min":"500000000000000000","exact":"in","native":"out","to":"0xa1","router":"0xr","tx":"0x5"}"#,
        r#"{"op":"swap","trader":"0xa1","path":["0xt0","0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2","0xt1"],"amount_in":"1000000","amount_out_min":"30000000000","exact":"in","to":"0xa1","router":"0xr","tx":"0x6"}"#,
        r#"{"op":"swap","trader":"0xb2","path":["0xt1","0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"],"amount_in":"99000000000","amount_out_min":"100000000000000000","exact":"out","to":"0xb2","router":"0xr","tx":"0x7"}"#,
        r#"{"op":"add_liquidity","provider":"0xa1","asset_a":"0xt1","asset_b":"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2","amount_a":"30000000000","amount_b":"500000000000000000","amount_a_min":"1","amount_b_min":"1","to":"0xa1","router":"0xr","tx":"0x8"}"#,
        r#"{"op":"remove_liquidity","provider":"0xb2","asset_a":"0xt0","asset_b":"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2","liquidity":"7","amount_a_min":"200000","amount_b_min":"100000000000000000","to":"0xb2","router":"0xr","tx":"0x9"}"#,
        r#"{"workload":"ethereum-mainnet","block":200,"timestamp":1600000500,"operations":1,"skipped":0}"#,
        r#"{"op":"transfer","from":"0xb2","to":"0xa1","asset":"ETH","amount":"1000000000000000000","tx":"0xa"}"#,
    ];
    lines.join("\n")
}

fn options(by_block: bool) -> Options {
    Options { chain_id: 5, depth: 12, seed: 3, by_block }
}

/// Runs all batches; returns what was refused.
fn run(replay: Replay, registry: &Registry) -> Vec<Rejection> {
    let interpreter = &Interpreter::new(registry).unwrap();
    let mut origin = replay.genesis.build(registry).unwrap();
    let mut before = origin.boundary;
    let mut refused = Vec::new();
    let many = 1 << 20;
    for batch in replay.batches {
        let context = BlockContext { number: batch.block, timestamp: batch.timestamp, fees_before: before.fees };
        let capacity =
            Rows { cpu: many, page: many, tree: many, sponge: many, wide: many, signature: many, bucket: 1 << 30 };
        let (parameters, policy) = (origin.parameters, Policy { minimum_fee: 1 });
        let count = batch.drafts.len();
        let batch =
            Batch { interpreter, parameters, context, policy, capacity }.run(&mut origin.tree, before, batch.drafts);
        let BatchResult { cuts, after, rejections, .. } = batch.unwrap();
        assert_eq!(after.count - before.count + rejections.len() as u64, count as u64);
        for cut in cuts {
            cut.chunk.replay_prepared(interpreter).unwrap();
        }
        refused.extend(rejections);
        before = after;
    }
    refused
}

#[test]
fn every_operation_executes() {
    let registry = Registry::builtin();
    for by_block in [false, true] {
        let replay = replay(&read(&text()).unwrap(), &options(by_block), &registry).unwrap();
        assert_eq!(replay.batches.len(), 1 + usize::from(by_block));
        let expected = Reductions {
            operations: 10,
            transactions: 11, // the first swap's result is sent on
            spender_transfers: 1,
            self_transfers: 1,
            sequences: 1,
            rounded_up: 1,
            wrapped_ether: 4,
            ..Reductions::default()
        };
        assert_eq!(replay.reductions, expected);
        assert_eq!(run(replay, &registry), []);
    }
}

#[test]
fn more_assets_than_pages_open_siblings() {
    let registry = Registry::builtin();
    let transfer = |n: usize| {
        format!(r#"{{"op":"transfer","from":"0xa1","to":"0xb2","asset":"0xt{n}","amount":"7","tx":"0x{n}"}}"#)
    };
    let header = r#"{"workload":"ethereum-mainnet","block":1,"timestamp":5,"operations":16,"skipped":0}"#.to_owned();
    let text = std::iter::once(header).chain((0..16).map(transfer)).collect::<Vec<_>>().join("\n");
    let replay = replay(&read(&text).unwrap(), &options(false), &registry).unwrap();
    assert_eq!(replay.reductions.sibling_accounts, 4); // 16 assets are three accounts each
    assert_eq!(run(replay, &registry), []);
}

#[test]
fn the_same_file_is_the_same_replay() {
    let registry = Registry::builtin();
    let blocks = read(&text()).unwrap();
    let one = replay(&blocks, &options(false), &registry).unwrap();
    let two = replay(&blocks, &options(false), &registry).unwrap();
    assert_eq!((&one.genesis, &one.batches[0].drafts), (&two.genesis, &two.batches[0].drafts));
    let other = replay(&blocks, &Options { seed: 4, ..options(false) }, &registry).unwrap();
    assert_ne!(one.genesis.accounts[0].key, other.genesis.accounts[0].key);
}

#[test]
fn bad_files_are_refused_with_their_line() {
    let refused = |change: &dyn Fn(String) -> String| read(&change(text())).unwrap_err();
    assert_eq!(refused(&|text| text.replacen("\"operations\":9", "\"operations\":8", 1)).line, 1);
    let error = refused(&|text| text.replacen("1970000000000000000000", "-5", 1));
    assert_eq!((error.line, error.message.contains("`-5` is no amount")), (2, true));
    assert_eq!(refused(&|text| text.replacen("\"op\":\"swap\"", "\"op\":\"steal\"", 1)).line, 6);
    assert_eq!(refused(&|text| text.replacen("ethereum-mainnet", "other", 1)).line, 1);
    assert_eq!(refused(&|text| text.lines().skip(1).collect::<Vec<_>>().join("\n")).line, 1);
    assert_eq!(read("").unwrap(), []);
}
