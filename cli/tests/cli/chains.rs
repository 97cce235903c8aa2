//! `init`, `keys`, `account`, `sign`, `execute` on a chain's folder.

use std::fs;

use crate::{braid, braid_in, folder, word};

#[test]
fn a_chain_is_made_once() {
    let folder = folder();
    let chain = folder.path().join("chain");
    let made = braid(&["--json", "init", word(&chain)]).json();
    assert_eq!((&made["chain_id"], &made["accounts"], &made["example"]), (&7.into(), &10.into(), &true.into()));
    assert!(chain.join("genesis.toml").exists() && chain.join("state").exists());
    let error = braid(&["init", word(&chain)]).refused();
    assert!(error.contains("holds a chain already"), "{error}");
    // A genesis that was changed afterwards is noticed, unless it says the same.
    let text = fs::read_to_string(chain.join("genesis.toml")).unwrap();
    let credit = text.lines().find(|line| line.starts_with("credit = ")).unwrap();
    for (from, to) in [("chain_id = 7", "chain_id = 8"), (credit, "credit = \"1\"")] {
        fs::write(chain.join("genesis.toml"), text.replacen(from, to, 1)).unwrap();
        let error = braid(&["account", "1", "--chain", word(&chain)]).refused();
        assert!(error.contains("was changed after `braid init`"), "{error}");
    }
    fs::write(chain.join("genesis.toml"), format!("# The same.\n{text}")).unwrap();
    braid(&["account", "1", "--chain", word(&chain)]).ok();
    // Without its state it is no chain, and nobody is told to make a new one over it.
    fs::remove_file(chain.join("state")).unwrap();
    let error = braid(&["account", "1", "--chain", word(&chain)]).refused();
    assert!(error.contains("put a copy of that file back"), "{error}");
}

#[test]
fn bad_geneses_name_the_key() {
    let folder = folder();
    let example = braid(&["init", "--example"]).ok();
    let cases = [
        ("depth = 24", "depth = 40", "depth"),
        ("number = 12\n", "number = 11\n", "account 11, page 0 is already taken"),
        ("shares = \"8000000000\"", "shares = \"1\"", "contracts[0].pages[0]"),
        ("chain_id = 7", "chain_ident = 7", "line"),
        ("key = \"", "key = \"zz", "accounts[0].key"),
    ];
    for (from, to, expected) in cases {
        let path = folder.path().join("genesis.toml");
        fs::write(&path, example.replacen(from, to, 1)).unwrap();
        let chain = folder.path().join("chain");
        let error = braid(&["init", word(&chain), "--genesis", word(&path)]).refused();
        assert!(error.contains(expected) && error.contains("genesis.toml"), "{from} -> {to}: {error}");
        assert!(!chain.exists(), "{to}");
    }
}

#[test]
fn accounts_are_shown() {
    let shown = braid(&["--json", "account", "10", "--chain", "examples/payday.jsonl"]).json();
    assert_eq!((&shown["kind"], &shown["nonce"], &shown["credit"]), (&"User".into(), &0.into(), &1_000_000.into()));
    assert_eq!(shown["holdings"][1]["amount"], 30_000_000);
    assert_eq!(shown["holdings"][1]["name"], "USD");
    let pool = braid(&["--json", "account", "12", "--chain", "examples/genesis.toml"]).json();
    assert_eq!(pool["pages"][0]["layout"], "Pool");
    assert_eq!(pool["pages"][0]["fields"]["reserve.1"], 150_000_000);
    let nobody = braid(&["account", "13", "--chain", "examples/genesis.toml"]).refused();
    assert!(nobody.contains("nobody has this number; the lowest free number is 13"), "{nobody}");
    let outside = braid(&["account", "1048576", "--chain", "examples/genesis.toml"]).refused();
    assert!(outside.contains("below 1048576"), "{outside}");
}

#[test]
fn keys_are_private_files() {
    let folder = folder();
    let new = ["--json", "keys", "new", "--out", "alice.key"];
    let made = braid_in(folder.path(), &new).json();
    let shown = braid_in(folder.path(), &["--json", "keys", "show", "alice.key"]).json();
    assert_eq!(made["public_key"], shown["public_key"]);
    assert_eq!((&shown["development"], shown.get("secret_key")), (&false.into(), None));
    let text = fs::read_to_string(folder.path().join("alice.key")).unwrap();
    let secret = text.lines().nth(2).unwrap();
    assert!(!braid_in(folder.path(), &["keys", "show", "alice.key"]).ok().contains(secret));
    assert!(braid_in(folder.path(), &["keys", "show", "alice.key", "--secret"]).ok().contains(secret));
    // An existing file stays as it is; one that others may read is refused.
    let error = braid_in(folder.path(), &new[1..]).refused();
    assert!(error.contains("alice.key: exists already"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("alice.key")).unwrap(), text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder.path().join("alice.key"), fs::Permissions::from_mode(0o644)).unwrap();
        let error = braid_in(folder.path(), &["keys", "show", "alice.key"]).refused();
        assert!(error.contains("chmod 600 alice.key"), "{error}");
    }
}

/// A signed line runs on the chain that it was signed for, which stays as it is.
#[test]
fn signed_for_a_chain() {
    let folder = folder();
    let at = folder.path();
    braid_in(at, &["init", "chain"]).ok();
    braid_in(at, &["keys", "new", "--development-seed", "1", "--account", "2", "--out", "ada.key"]).ok();
    let transfer =
        ["sign", "transfer", "--from", "2", "--to=3", "asset=2", "amount=5", "--key", "ada.key", "--chain", "chain"];
    let line = braid_in(at, &transfer).ok();
    assert!(line.starts_with(r#"{"program":"transfer","operands":{"from":"2","to":"3","asset":"2","amount":"5","fee":"0"},"nonce":"0","signature":"0x"#), "{line}");
    assert_eq!(
        line,
        braid_in(
            at,
            &[
                "sign",
                "transfer",
                "from=2",
                "to=3",
                "asset=2",
                "amount=5",
                "--development-seed",
                "1",
                "--chain-id",
                "7",
                "--nonce",
                "0"
            ]
        )
        .ok()
    );
    fs::write(at.join("one.jsonl"), line).unwrap();
    let before = fs::read(at.join("chain/state")).unwrap();
    let result = braid_in(at, &["--json", "execute", "one.jsonl", "--chain", "chain"]).json();
    assert_eq!((&result["executed"], &result["levels"]), (&1.into(), &1.into()), "{result}");
    assert_eq!(fs::read(at.join("chain/state")).unwrap(), before);
    let error = braid_in(at, &["execute", "one.jsonl"]).refused();
    assert!(error.contains("one.jsonl: the first line carries no genesis") && error.contains("--chain DIR"), "{error}");
    // Somebody else's key, too many keys, none; an account that is not there.
    let refused = |words: &[&str]| {
        braid_in(at, &[&["sign", "transfer"], words, &["to=3", "asset=2", "amount=5", "--chain", "chain"]].concat())
            .refused()
    };
    assert!(refused(&["from=3", "--key", "ada.key"]).contains("account 3: its key is"));
    assert!(
        refused(&["from=2", "--key", "ada.key", "--key", "ada.key"])
            .contains("`transfer` has 1 signer, in this order: user")
    );
    assert!(refused(&["from=2"]).contains("who signs?"));
    assert!(refused(&["from=77", "--development-seed", "1"]).contains("account 77: does not exist"));
    assert!(refused(&["from=2", "--key", "bob.key"]).contains("bob.key: there is no such file"));
    assert!(refused(&["--development-seed", "1"]).contains("operands.from: is missing"));
}

/// What is expected is said with types and units, files are not replaced, and the next nonce is told.
#[test]
fn signing_tells_what_it_wants() {
    let folder = folder();
    let at = folder.path();
    braid_in(at, &["init", "chain"]).ok();
    let words =
        ["sign", "transfer", "from=2", "to=3", "asset=2", "amount=5", "--development-seed", "1", "--chain", "chain"];
    let run = braid_in(at, &words);
    assert!(
        run.err.contains("signed with nonce 0, as the chain has it; another one before a batch runs: --nonce 1"),
        "{}",
        run.err
    );
    for quiet in [&["--nonce", "0"][..], &["--quiet"]] {
        assert_eq!(braid_in(at, &[&words[..], quiet].concat()).err, "", "{quiet:?}");
    }
    let out = [&words[..], &["--out", "one.jsonl"]].concat();
    braid_in(at, &out).ok();
    let error = braid_in(at, &out).refused();
    assert!(error.contains("--out: one.jsonl is there already: add the line to it with >>"), "{error}");
    braid_in(at, &[&out[..], &["--overwrite"]].concat()).ok();
    let error = braid_in(at, &["sign", "transfer", "from=2", "--development-seed", "1", "--chain", "chain"]).refused();
    assert!(
        error.contains("operands.to: is missing; `transfer` takes from (the number of an account), to ("),
        "{error}"
    );
    assert!(
        error.contains("amount (quanta of its asset, below 2^62), fee (quanta of the native asset; 0 by default)"),
        "{error}"
    );
    // A key file where the public key of the new account belongs.
    let error =
        braid_in(at, &["sign", "register", "sponsor=1", "credit=5", "--key", "ada.key", "--chain", "chain"]).refused();
    assert!(error.contains("--signing-key FILE signs"), "{error}");
    assert!(
        braid_in(at, &["sign", "register", "--help"]).ok().contains("--signing-key FILE        key file of the signer")
    );
    assert!(braid_in(at, &["sign", "--help"]).ok().contains("braid sign register --sponsor 1"));
}

/// A new account's number is proposed.
#[test]
fn the_lowest_free_number_is_proposed() {
    let key = braid(&["keys", "public", "--development-seed", "1", "--account", "13"]).ok();
    let words = ["sign", "register", "sponsor=1", "credit=5", "--key", key.trim(), "--development-seed", "1"];
    let line = braid(&[&words[..], &["--chain", "examples/genesis.toml"]].concat()).ok();
    assert!(line.contains(r#""fresh":"13""#), "{line}");
}

#[test]
fn time_never_goes_back_and_numbers_have_forty_bits() {
    for words in [["--block", "0"], ["--block", "1099511627776"], ["--timestamp", "1099511627776"]] {
        let run = braid(&[&["execute", "examples/payday.jsonl"], &words[..]].concat());
        assert!(run.refused().contains(words[0]), "{words:?}");
    }
}
