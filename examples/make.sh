#!/bin/sh
# Makes payday.jsonl and rejected.jsonl from genesis.toml with the command line itself:
#
#     cargo build --release && BRAID=target/release/braid examples/make.sh
#
# Signatures are deterministic, so the files come out the same each time.
set -eu
cd "$(dirname "$0")/.."
braid=${BRAID:-braid}
chain=examples/genesis.toml

# sign PROGRAM OPERANDS…: a line signed with the development keys of seed 1, for the nonce given.
sign() { "$braid" sign "$@" --development-seed 1 --chain "$chain"; }
# elsewhere PROGRAM OPERANDS…: the same without a look at the chain, which would refuse to sign some of what follows.
elsewhere() { "$braid" sign "$@" --development-seed 1 --chain-id 7; }

{
    "$braid" init --first-line --genesis "$chain"
    # Wages for all, and a bonus for two.
    sign payroll.8 from=1 asset=2 to=2,3,4,5,6,7,8,9 \
        pay=320000,310000,300000,290000,280000,270000,260000,250000 fee=20 nonce=0
    sign payroll.2 from=1 asset=2 to=2,5 pay=15000,10000 fee=10 nonce=1
    # Lunch and rent.
    sign transfer from=2 to=3 asset=2 amount=1250 fee=5 nonce=0
    sign transfer from=3 to=4 asset=2 amount=2400 fee=5 nonce=0
    sign transfer from=4 to=10 asset=2 amount=95000 fee=5 nonce=0
    sign transfer from=5 to=10 asset=2 amount=95000 fee=5 nonce=0
    sign transfer from=6 to=2 asset=2 amount=1800 fee=5 nonce=0
    sign transfer from=7 to=8 asset=2 amount=990 fee=5 nonce=0
    sign transfer from=8 to=7 asset=2 amount=1010 fee=5 nonce=0
    sign transfer from=9 to=2 asset=2 amount=4400 fee=5 nonce=0
    # Dollars for ether at the pool: at least so much for a given amount, at most so much for a wanted amount.
    sign swap_in.1 who=2 pool=12 x=100000 min=300000000 fee=10 nonce=1
    sign swap_in.1 who=3 pool=12 x=50000 min=150000000 fee=10 nonce=1
    sign swap_out.1 who=6 pool=12 y=200000000 max=70000 fee=10 nonce=1
    # The ether goes on.
    sign transfer from=2 to=9 asset=1 amount=10000000 fee=5 nonce=2
    sign transfer from=3 to=7 asset=1 amount=20000000 fee=5 nonce=2
    # More liquidity, and some back.
    sign pool_add who=10 pool=12 shares=80000000 max0=6000000000 max1=2000000 fee=10 nonce=0
    sign pool_remove who=10 pool=12 shares=40000000 min0=2000000000 min1=700000 fee=10 nonce=1
    # A new account, paid by the bakery; it gets a hundred dollars and sends one back.
    sign register sponsor=1 fresh=13 credit=10000 fee=10 nonce=2 \
        key="$("$braid" keys public --development-seed 1 --account 13)"
    sign transfer from=1 to=13 asset=2 amount=10000 fee=5 nonce=3
    elsewhere transfer from=13 to=1 asset=2 amount=100 fee=5 nonce=0
    # From a holding to the credit that fees are paid from, and home to layer 1.
    sign top_up who=2 amount=1000000 fee=5 nonce=3
    sign withdraw who=8 asset=2 amount=50000 l1=11,22,33 fee=20 nonce=1
    sign transfer from=4 to=5 asset=2 amount=700 fee=5 nonce=1
    sign transfer from=5 to=4 asset=2 amount=300 fee=5 nonce=1
} >examples/payday.jsonl.new

{
    "$braid" init --first-line --genesis "$chain"
    sign transfer from=1 to=2 asset=2 amount=100 fee=5 nonce=0
    # Lines that are no transactions.
    echo 'once upon a time'
    echo '{"program":"transfer","operands":{"from":"1"'
    echo '{"program":"steal","operands":{"from":"1"},"nonce":"0"}'
    echo '{"program":"transfer","operands":{"from":"1","to":"2","asset":"2","fee":"5"},"nonce":"1"}'
    echo '{"program":"transfer","operands":{"from":"1","to":"2","asset":"2","amount":"5.5","fee":"5"},"nonce":"1"}'
    echo '{"program":"transfer","operands":{"from":"1","to":"2","asset":"2","amount":"4611686018427387904","fee":"5"},"nonce":"1"}'
    echo '{"program":"fee_claim","operands":{"treasury":"11","to":"1"},"nonce":"1"}'
    # Transactions that cannot run: no signature, one of another chain, one of another key.
    echo '{"program":"transfer","operands":{"from":"3","to":"2","asset":"2","amount":"1","fee":"5"},"nonce":"0"}'
    "$braid" sign transfer from=4 to=2 asset=2 amount=1 --development-seed 1 --chain-id 8 nonce=0
    "$braid" sign transfer from=5 to=2 asset=2 amount=1 --development-seed 2 --chain-id 7 nonce=0
    # A nonce that was used, one that is ahead, a time that is over.
    sign transfer from=1 to=2 asset=2 amount=100 fee=5 nonce=0
    sign transfer from=6 to=2 asset=2 amount=100 fee=5 nonce=9
    sign transfer from=7 to=2 asset=2 amount=100 fee=5 nonce=0 valid-until=1000000000
    # More than there is; an asset that the account lacks; more than a page can hold.
    sign transfer from=8 to=2 asset=2 amount=50001 fee=5 nonce=0
    sign transfer from=8 to=2 asset=1 amount=1 fee=5 nonce=0
    sign transfer from=1 to=9 asset=3 amount=1 fee=5 nonce=1
    # Nobody's account, an account outside of the tree, one page under two names, a page in use.
    elsewhere transfer from=99 to=2 asset=2 amount=1 src=1 nonce=0
    sign transfer from=8 to=1048576 asset=2 amount=1 nonce=0
    sign transfer from=8 to=8 asset=2 amount=1 src=1 dst=1 nonce=0
    sign register sponsor=8 fresh=2 credit=1 nonce=0 \
        key="$("$braid" keys public --development-seed 1 --account 13)"
    # The neighbours of all these run.
    sign transfer from=1 to=3 asset=2 amount=100 fee=5 nonce=1
    sign transfer from=2 to=1 asset=2 amount=50 fee=5 nonce=0
} >examples/rejected.jsonl.new

mv examples/payday.jsonl.new examples/payday.jsonl
mv examples/rejected.jsonl.new examples/rejected.jsonl
