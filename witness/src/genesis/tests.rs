use super::*;
use braid_contracts::registry::Registry;
use braid_primitives::ecgfp5::Fp5;
use braid_primitives::schnorr::SecretKey;
use p3_field::PrimeField64;

fn key(index: u64) -> String {
    hex::encode(Fp5(SecretKey::for_development(1, index).public_key().0).to_bytes())
}

/// The example of the module's documentation, with real keys and a liquidity provider.
fn text() -> String {
    format!(
        r#"
chain_id = 7
depth = 12
treasury = {{ account = 2, operator = 1 }}

[[assets]]
id = 1
name = "ETH"
quantum = "1000000000"

[[assets]]
id = 2
name = "USD"
quantum = 1

[[accounts]]
number = 1
key = "{}"
credit = "1000000"
holdings = [{{ asset = 1, amount = "500" }}, {{ asset = 2, amount = 7, slot = 5 }}]

[[accounts]]
number = 4
key = "{}"
holdings = [{{ asset = "1099511627824", amount = "1000" }}]

[[contracts]]
number = 3
pages = [{{ slot = 8, layout = "Pool", fields = {{ asset = [1, 2], reserve = ["1000", "4000"], shares = "2000" }} }}]
"#,
        key(1),
        key(4)
    )
}

fn build(text: &str) -> Result<Origin, GenesisError> {
    Genesis::from_toml(text)?.build(&Registry::builtin())
}

#[test]
fn example_becomes_pages() {
    let origin = build(&text()).unwrap();
    let cell = |account: u64, slot: u64, cell: usize| origin.tree.page(16 * account + slot)[cell].as_canonical_u64();
    let layout = |n: u64| (1 << 48) + n;
    assert_eq!(
        (cell(0, 0, 0), cell(1, 0, 0), cell(2, 0, 0), cell(3, 0, 0)),
        (layout(2), layout(1), layout(2), layout(2))
    );
    assert_eq!((cell(1, 0, 6), cell(1, 0, 7)), (0, 1_000_000));
    assert_eq!((cell(1, 1, 0), cell(1, 1, 1), cell(1, 5, 0), cell(1, 5, 1)), (1, 500, 2, 7));
    assert_eq!((cell(2, 8, 0), cell(2, 8, 1), cell(2, 8, 2)), (layout(21), 1, 0));
    assert_eq!((cell(3, 8, 0), cell(3, 8, 3), cell(3, 8, 4), cell(3, 8, 5)), (layout(7), 1000, 4000, 2000));
    assert_eq!(origin.totals.get(&1), Some(&(1_000_000 + 500 + 1000)));
    assert_eq!((origin.boundary.root, origin.boundary.count), (origin.tree.root(), 0));
}

#[test]
fn written_and_read_again() {
    let genesis = Genesis::from_toml(&text()).unwrap();
    assert_eq!(Genesis::from_toml(&genesis.to_toml().unwrap()).unwrap(), genesis);
    let json = serde_json::to_string(&genesis).unwrap();
    assert_eq!(serde_json::from_str::<Genesis>(&json).unwrap(), genesis);
}

#[test]
fn assets_and_chain_id_are_in_the_parameters() {
    let digest = |text: &str| build(text).unwrap().parameters.digest();
    let original = digest(&text());
    assert_ne!(digest(&text().replace("chain_id = 7", "chain_id = 8")), original);
    assert_ne!(digest(&text().replace("depth = 12", "depth = 13")), original);
    assert_ne!(digest(&text().replace("quantum = 1\n", "quantum = 2\n")), original);
    assert_eq!(digest(&text().replace("USD", "other")), original);
}

/// Every broken invariant is refused, with the path of the key.
#[test]
fn errors_name_the_key() {
    let cases = [
        ("depth = 12", "depth = 40", "depth: depth 40 is not between 8 and 32"),
        ("account = 2,", "account = 3,", "treasury: account 3, page 0 is already taken by contracts[0]"),
        ("operator = 1", "operator = 3", "treasury.operator: account 3 is not a user"),
        ("id = 2", "id = 1", "assets[1].id: is listed twice"),
        ("id = 2", "id = 3", "asset 2 is not listed"),
        ("id = 1\n", "id = 9\n", "assets: the native asset, number 1, is missing"),
        ("quantum = 1\n", "quantum = 0\n", "assets[1].quantum: must be positive"),
        ("number = 4", "number = 1", "accounts[1]: account 1, page 0 is already taken by accounts[0]"),
        ("number = 4", "number = 0", "accounts[1].number: 0 is not in 1..128"),
        // Nobody is a user, a contract or the treasury at account 0 (attack 50).
        ("number = 3", "number = 0", "contracts[0].number: 0 is not in 1..128"),
        ("account = 2,", "account = 0,", "treasury.account: 0 is not in 1..128"),
        ("operator = 1", "operator = 0", "treasury.operator: account 0 is not a user"),
        ("number = 4", "number = 128", "accounts[1].number: 128 is not in 1..128"),
        (
            "credit = \"1000000\"",
            "credit = \"4611686018427387904\"",
            "accounts[0].credit: 4611686018427387904 is not below 2^62",
        ),
        (
            "amount = \"500\"",
            "amount = \"18446744073709551615\"",
            "accounts[0].holdings[0].amount: 18446744073709551615 is not below the field's order",
        ),
        ("amount = \"500\"", "amount = \"4611686018427387904\"", "accounts[0].holdings[0].amount"),
        ("asset = 1, amount", "asset = 0, amount", "accounts[0].holdings[0].asset: must be 1..2^48"),
        (
            "slot = 5",
            "slot = 1",
            "accounts[0].holdings[1]: account 1, page 1 is already taken by accounts[0].holdings[0]",
        ),
        ("slot = 5", "slot = 14", "accounts[0].holdings[1].slot: must be 1..=13"),
        ("slot = 8, layout", "slot = 16, layout", "contracts[0].pages[0].slot: must be 1..=15"),
        ("layout = \"Pool\"", "layout = \"Pond\"", "no contract declares a layout Pond"),
        ("layout = \"Pool\"", "layout = \"User\"", "is not the layout of a contract's page"),
        ("shares = \"2000\"", "shares = \"2001\"", "its supply is 2001, but 1000 of receipt 1099511627824"),
        ("shares =", "bonds =", "contracts[0].pages[0].fields.bonds: Pool has no such field"),
        ("asset = [1, 2]", "asset = 1", "contracts[0].pages[0].fields.asset: wants 2 values"),
        ("asset = [1, 2]", "asset = [0, 2]", "contracts[0].pages[0].reserve.0: holds 1000 of no asset"),
        (
            "reserve = [\"1000\"",
            "reserve = [\"2251799813685248\"",
            "contracts[0].pages[0].reserve.0: 2251799813685248 is not below 2^51",
        ),
        ("1099511627824", "1099511627825", "no contract issues it"),
    ];
    for (from, to, expected) in cases {
        let changed = text().replacen(from, to, 1);
        assert_ne!(changed, text(), "{from}");
        let error = build(&changed).unwrap_err().to_string();
        assert!(error.contains(expected), "{from} -> {to}: {error}");
    }
    let key_error = build(&text().replace(&key(4), &"00".repeat(40))).unwrap_err().to_string();
    assert!(key_error.starts_with("accounts[1].key: is not a public key"), "{key_error}");
}

#[test]
fn errors_of_the_text_name_the_line() {
    for (from, to) in [
        ("credit = \"1000000\"", "credit = -1"),
        ("credit = \"1000000\"", "credit = \"+1\""),
        ("credit = \"1000000\"", "credit = \"1e6\""),
        ("credit = \"1000000\"", "credit = 9007199254740992"),
        ("credit =", "kredit ="),
        ("chain_id = 7", ""),
    ] {
        let error = build(&text().replacen(from, to, 1)).unwrap_err();
        assert!(matches!(&error, GenesisError::Text(text) if text.contains("line")), "{to}: {error}");
    }
}
