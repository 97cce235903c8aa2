//! Programs that must not compile, and the error each of them must get.

use braid_contracts::diagnostic::Code;
use braid_contracts::{Diagnostics, Registry};

mod texts;

/// Appends `text` to the file of that name (a new one that uses all others, if there is none) and compiles everything.
fn compile(file: &str, text: &str) -> Result<Registry, Diagnostics> {
    let mut sources = texts::SOURCES.map(|(name, source)| (name, source.to_owned())).to_vec();
    match sources.iter_mut().find(|(name, _)| *name == file) {
        Some((_, source)) => source.push_str(&format!("\n{text}\n")),
        None => {
            let uses: String = sources.iter().map(|(name, _)| format!("use {name};\n")).collect();
            sources.push((file, format!("{uses}{text}\n")));
        }
    }
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Registry::from_sources(&sources)
}

#[track_caller]
fn refused(code: Code, file: &str, text: &str) {
    match compile(file, text) {
        Ok(_) => panic!("compiles: {text}"),
        Err(Diagnostics(errors)) => {
            let codes: Vec<Code> = errors.iter().map(|error| error.code).collect();
            assert!(codes == [code], "wanted {code:?}, got {}", Diagnostics(errors));
            assert!(errors[0].line > 0 && !errors[0].file.is_empty(), "no place: {}", errors[0]);
        }
    }
}

/// A program with a user, a holding of his and this body after `begin`.
fn with_holding(body: &str) -> String {
    format!(
        "program evil(who, v: account, x: amount, fee: u40; s: slot)
           on user = User(who), a = Holding(who[s]) signed by user {{ begin(user, fee); {body} }}"
    )
}

/// A program with a user, these operands and pages, and this body after `begin`.
fn with_pages(operands: &str, pages: &str, body: &str) -> String {
    format!(
        "program evil(who, v: account, {operands} fee: u40; s: slot)
           on user = User(who), h = Holding(who[s]), {pages} signed by user {{ begin(user, fee); {body} }}"
    )
}

const OTHER: &str = "evil";

#[test]
fn the_frames_of_these_tests_compile() {
    compile(OTHER, "").unwrap();
    let fine = "let y: u40 = x; require a.tag == NATIVE && a.amount >= y;";
    compile(OTHER, &with_holding(fine)).unwrap_or_else(|errors| panic!("{errors}"));
    let fine = with_pages("at: slot,", "f = Fill?(who[at]),".trim_end_matches(','), "f.id = 7;");
    compile("orders", &fine).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn rule_a_locked_is_only_a_target_of_mint() {
    refused(Code::Place, OTHER, &with_holding("move x of NATIVE from locked to a;"));
    refused(Code::Place, OTHER, &with_holding("move x of NATIVE from a to locked;"));
    let burn = with_pages("x: amount,", "p = Pool(v[8])", "burn x of receipt(v, 0) from locked to p.shares;");
    refused(Code::Place, "pool", &burn);
}

#[test]
fn rule_b_records_only_take() {
    refused(Code::Place, OTHER, &with_holding("emit Withdraw(NATIVE, x, 1, 2, 3);"));
    refused(Code::Place, OTHER, &with_holding("move x of NATIVE from Withdraw(1, 2, 3) to a;"));
}

#[test]
fn rule_c_tags_balances_and_supplies_are_not_assigned() {
    refused(Code::Assigned, "account", &with_holding("a.tag = x;"));
    refused(Code::Assigned, "account", &with_holding("a.amount = x;"));
    refused(Code::Assigned, "pool", &with_pages("x: amount,", "p = Pool(v[8])", "p.shares = x;"));
    refused(Code::Assigned, "pool", &with_pages("x: u51,", "p = Pool(v[8])", "p.reserve[0] += x;"));
    refused(Code::Assigned, "pool", &with_pages("x: asset,", "p = Pool(v[8])", "p.asset[0] = x;"));
    let fill = "c = Call { holder: 0, asset: x, unit: x, strike: 0, premium: 0, expiry: 0 };";
    refused(Code::Assigned, "call", &with_pages("x: asset, at: slot,", "c = Call(who[at])", fill));
}

#[test]
fn rule_d_only_what_is_empty_and_ones_own_is_closed() {
    refused(Code::Close, "account", &with_pages("at: slot,", "a = Holding(v[at])", "close a;"));
    refused(Code::Close, "account", &with_holding("close a;"));
    refused(Code::Close, "channel", &with_pages("at: slot,", "c = Channel(who[at])", "close c;"));
    refused(Code::Private, OTHER, &with_pages("at: slot,", "f = Fill(who[at])", "close f;"));
    // Without a test of the tag, a debt could be closed as an empty holding.
    refused(Code::Untested, "account", &with_holding("require a.amount == 0; close a;"));
}

#[test]
fn rule_e_pages_change_their_layout_only_for_an_equal_one_of_the_file() {
    refused(Code::Retag, OTHER, &with_pages("", "p = Pool(v[8])", "retag p as Market;"));
    refused(Code::Retag, "lending", &with_pages("", "p = Market(v[8])", "retag p as Terms;"));
}

#[test]
fn rule_f_other_files_pages_are_not_written() {
    refused(
        Code::Private,
        OTHER,
        &with_pages("x: amount,", "p = Pool(v[8])", "move x of p.asset[0] from p.reserve[0] to h;"),
    );
    refused(
        Code::Private,
        OTHER,
        &with_pages("x: amount, at: slot,", "k = Stake(v[at])", "move x of k.asset from h to k.staked;"),
    );
    refused(Code::Private, OTHER, &with_pages("", "m = Market(v[8])", "require fresh(m);"));
    refused(
        Code::Private,
        OTHER,
        &with_pages("x: amount,", "p = Pool(v[8])", "mint x of receipt(v, 0) from p.shares to h;"),
    );
    refused(Code::Private, OTHER, &with_pages("at: slot,", "f = Fill(who[at])", "f.id = 3;"));
    refused(Code::Private, OTHER, &with_pages("at: slot,", "f = Fill?(who[at])", ""));
    refused(Code::Private, OTHER, &with_pages("at: slot,", "f = new Fill(who[at])", ""));
}

#[test]
fn rule_g_default_messages_step_a_nonce() {
    let body = "signed by user { charge(user, fee); require x == 1; }";
    refused(Code::Nonce, OTHER, &format!("program evil(who: account, x: amount, fee: u40) on user = User(who) {body}"));
    let body = "{ user.nonce = user.nonce; charge(user, fee); }";
    let text = format!("program evil(who: account, fee: u40) on user = User(who) signed by user {body}");
    refused(Code::Nonce, "account", &text);
    let text = "program evil(who: account, fee: u40) on g = Guard(who[14]) signed by g { require fee == 0; }";
    refused(Code::Nonce, OTHER, text);
    let text = "program evil(who: account, x: amount) on user = User(who) { require x == 1; }";
    refused(Code::Nonce, OTHER, text);
    let text = "system program evil(who: account) on user = User(who) signed by user { require user.credit == 1; }";
    refused(Code::Nonce, OTHER, text);
}

#[test]
fn rule_h_only_a_named_page_with_a_key_signs() {
    let text = "program evil(x: amount, fee: u40; who: account, s: slot) on user = User(who), a = Holding(who[s])
        signed by user { begin(user, fee); move x of NATIVE from a to user.credit; }";
    refused(Code::Signer, "account", text);
    let text = "program evil(who: account, at, px: slot, fee: u40)
        on user = User(who), k = read Party(who[px]), c = Channel(who[at])
        signed by user, k over Split(who, at, 1, 1, 1) { begin(user, fee); c.version = 1; }";
    refused(Code::Signer, "channel", text);
    let text = "program evil(who: account, at: slot, fee: u40) on user = User(who), g = Holding(who[at])
        signed by user, g { begin(user, fee); }";
    refused(Code::Signer, OTHER, text);
    let text = "program evil(who: account, fee: u40) on user = User(who), g = Guard?(who[14])
        signed by user, g { begin(user, fee); }";
    refused(Code::Signer, "account", text);
    let text = "program evil(who: account, fee: u40; s: slot) on user = Guarded(who), a = Holding(who[s])
        signed by user { user.nonce += 1; move fee of NATIVE from a to user.credit; }";
    refused(Code::Signer, "account", text);
}

#[test]
fn takes_only_from_who_signs() {
    let text = "program evil(who, v: account, x: amount, fee: u40; s, t: slot)
        on user = User(who), a = Holding(who[s]), b = Holding(v[t])
        signed by user { begin(user, fee); move x of NATIVE from b to a; }";
    refused(Code::OwnerDoesNotSign, OTHER, text);
    let text = "program evil(who, v: account, x: amount, fee: u40; s: slot)
        on user = User(who), a = Holding(who[s]), other = User(v)
        signed by user { begin(user, fee); move x of NATIVE from other.credit to a; }";
    refused(Code::OwnerDoesNotSign, "account", text);
}

#[test]
fn rule_i_stores_fit_their_fields() {
    refused(Code::FieldAsInteger, "oracle", &with_pages("f: field, at: slot,", "q = Price?(who[at])", "q.price = f;"));
    refused(Code::Claim, "lending", &with_pages("f: field, at: slot,", "l = Loan?(who[at])", "claim l.debt = f;"));
    refused(Code::Counter, "channel", &with_pages("f: field, at: slot,", "c = Channel(who[at])", "c.id = f;"));
    refused(Code::Counter, "account", &with_pages("", "g = read Guard(v[14])", "user.nonce += 1;"));
    refused(Code::Exceeds, OTHER, &with_holding("let y = mul_div(x * 1000000, 1, 1); require y == x;"));
}

#[test]
fn rule_j_contract_layouts_are_founded_with_their_account() {
    refused(Code::ContractLayout, "pool", &with_pages("", "p = new Pool(v[8])", ""));
    refused(Code::ContractLayout, "pool", &with_pages("at: slot,", "p = Pool(v[at])", ""));
    refused(Code::ContractLayout, "pool", &with_pages("", "p = read Pool(v[9])", ""));
    refused(Code::ContractLayout, "pool", &with_pages("", "p = Pool?(v[8])", ""));
    refused(Code::ContractLayout, OTHER, "layout Coin = 40 { s: supply }");
}

#[test]
fn rule_k_messages_mean_one_thing() {
    let order = "Order(who, at, i, x, a, y, b, t, f)";
    let text = format!(
        "program evil(who: account, at: slot, i, a, b, t, f, x, y: field) on page = Fill(who[at]), user = User(who)
         signed by user over {order} {{ require a == b; page.id = 1; }}"
    );
    refused(Code::Message, "orders", &text);
    let operands = "who: account, at: slot, i: u32, x, y: asset, a, b: amount, t: time, f: u40";
    let text = format!(
        "program evil({operands}) on user = User(who), q = Fill(who[at]) signed by user over {order} {{ require a == b; }}"
    );
    refused(Code::Message, OTHER, &text);
    let text = format!(
        "program evil({operands}) on user = User(who), q = read Fill(who[at]) signed by user over {order} {{ require a == b; }}"
    );
    refused(Code::Message, "orders", &text);
    refused(Code::Duplicate, OTHER, "message Again = 1 { account } by Fill;");
    let text = format!(
        "program evil({operands}, z: u40) on user = User(who), q = Fill(who[at])
         signed by user over {order} {{ require z == 1; q.id = i; }}"
    );
    refused(Code::Unsigned, "orders", &text);
    // A page that is opened and stays as it is, or gets a constant, stops no replay.
    let offer = |store: &str| {
        format!(
            "layout Mark = 77 {{ id: u8 }} message Offer = 9 {{ account, slot, amount }} by Mark;
             program evil(who, v: account, at: slot, x: amount, fee: u40; s, d: slot)
               on user = User(who), m = read User(v), f = Mark?(v[at]), a = Holding(v[s]), b = Holding(who[d])
               signed by user, m over Offer(v, at, x) {{ begin(user, fee); {store} move x of NATIVE from a to b; }}"
        )
    };
    refused(Code::Message, OTHER, &offer(""));
    refused(Code::Message, OTHER, &offer("f.id = 0;"));
    compile(OTHER, &offer("f.id += 1;")).unwrap_or_else(|errors| panic!("{errors}"));
    let (_, orders) = texts::SOURCES.into_iter().find(|(name, _)| *name == "orders").unwrap();
    let unfilled = orders.replacen("fill(mf, mid, mgive, give);", "", 1);
    assert_ne!(unfilled, orders);
    let sources = texts::SOURCES.map(|(name, text)| (name, if name == "orders" { unfilled.as_str() } else { text }));
    let errors = Registry::from_sources(&sources).unwrap_err();
    assert!(errors.0.iter().all(|error| error.code == Code::Message), "{errors}");
}

#[test]
fn rule_l_claims_are_vouched_for() {
    refused(Code::Claim, "lending", &with_pages("at: slot,", "l = Loan?(who[at])", "claim l.market = v;"));
    refused(Code::Claim, "lending", &with_pages("at: slot, x: asset,", "l = Loan?(who[at])", "claim l.asset = x;"));
}

#[test]
fn rule_m_programs_do_something() {
    refused(Code::NoRows, OTHER, "system program evil(v: account) on user = read User(v) { }");
}

#[test]
fn inbox_programs_are_total() {
    let record = "emit Withdraw(1, 0, 0, 0, 0);";
    let frame =
        |operands: &str, pages: &str, body: &str| format!("inbox program evil = 9({operands}) on {pages} {{ {body} }}");
    let two = frame("v: account, a, b: slot", "g = raw Holding(v[a]), h = raw Holding(v[b])", record);
    refused(Code::InboxPages, OTHER, &two);
    let one = |body: &str| frame("to: account, at: slot, asset: u32", "h = raw Holding(to[at])", body);
    refused(Code::InboxFails, "account", &one("require h.tag == asset;"));
    refused(
        Code::FieldAsInteger,
        OTHER,
        &one("let x = h.amount <= 5; emit Withdraw(asset, if x { 0 } else { 0 }, 0, 0, 0);"),
    );
    refused(Code::RawCell, "account", &one("let m = h.tag == asset; h.amount = if m { h.amount } else { 0 };"));
    refused(
        Code::RawCell,
        "account",
        &one("let m = h.tag == asset; h.amount = if m { h.amount + 1 } else { h.amount };"),
    );
    refused(Code::RawCell, "account", &one("h.tag = asset;"));
    refused(Code::Duplicate, OTHER, "inbox program evil = 1(v: account) { emit Withdraw(1, 0, 0, 0, 0); }");
    let hint =
        "inbox program evil = 9(to: account; s: slot) on h = raw Holding(to[s]) { emit Withdraw(1, 0, 0, 0, 0); }";
    refused(Code::InboxFails, OTHER, hint);
    refused(Code::RawCell, OTHER, &with_pages("at: slot,", "g = raw Holding(v[at])", ""));
}

#[test]
fn equalities_do_not_wrap() {
    let frame = |condition: &str| {
        format!(
            "program evil(who: account, a, b, c, d, f: amount, fee: u40) on user = User(who)
             signed by user {{ begin(user, fee); require {condition}; }}"
        )
    };
    refused(Code::Equality, OTHER, &frame("a + b + c + d == f"));
    refused(Code::Equality, OTHER, &frame("a + b + c + d != f"));
    refused(Code::Equality, OTHER, &frame("a == 0 || a + b + c + d == f"));
    refused(Code::Product, OTHER, &frame("a * b == c"));
    compile(OTHER, &frame("a + b + c == f")).unwrap();
}

#[test]
fn addresses_are_operands_hints_or_constants() {
    refused(Code::Address, "orders", &with_pages("i, j: slot,", "f = Fill?(who[i + j])", "f.id = i;"));
    let state = "program evil(who: account, fee: u40; s: slot) on user = User(who), f = Fill?(who[s])
        signed by user { begin(user, fee); }";
    refused(Code::Address, "orders", state);
    refused(Code::Address, OTHER, &with_pages("at: slot,", "g = read Guard(v[14])", "require at == 1;"));
    refused(Code::Address, "account", &with_pages("at: u4,", "e = Exit?(who[at])", ""));
    refused(Code::Address, "account", &with_pages("", "e = Exit?(who[16])", ""));
    refused(Code::Address, "account", &with_pages("", "e = Exit?(who)", ""));
}

#[test]
fn conditions_are_bools() {
    refused(Code::NotBool, OTHER, &with_holding("let y = if x { 1 } else { x }; require y == 1;"));
    refused(Code::NotBool, OTHER, &with_holding("require x;"));
    refused(Code::NotBool, OTHER, &with_holding("require x == 1 || !x;"));
}

#[test]
fn fees_are_native_and_claimed_once() {
    let text = "program evil(who: account, asset: asset, fee: u40; s: slot) on user = User(who), a = Holding(who[s])
        signed by user { begin(user, fee); move 5 of asset from a to fees; }";
    refused(Code::Asset, OTHER, text);
    refused(Code::Place, OTHER, &with_holding("move 5 of NATIVE from fees to a;"));
    let text = "system program evil(treasury, to: account) on t = Treasury(treasury[8]), u = User(to)
        { move fees_before - t.claimed of NATIVE from fees to u.credit; }";
    refused(Code::Place, "account", text);
}

#[test]
fn state_tags_are_no_assets() {
    let text = "program evil(who, to: account, asset: amount, fee: u40; s, d: slot)
        on user = User(who), a = Holding(who[s]), b = Holding(to[d])
        signed by user { begin(user, fee); move 0 of asset from a to b; }";
    refused(Code::Asset, OTHER, text);
    refused(Code::Untested, OTHER, &with_holding("require a.amount >= x;"));
}

#[test]
fn texts_that_are_no_programs() {
    refused(Code::Character, OTHER, "const A = 1 § 2;");
    refused(Code::Syntax, OTHER, "const A 1;");
    refused(Code::Syntax, OTHER, "program e(who: account { }");
    refused(Code::Syntax, OTHER, &with_holding("require 1 < x < 3;"));
    refused(Code::UnknownName, OTHER, &with_holding("require y == 1;"));
    refused(Code::UnknownName, OTHER, &with_holding("require a.money == 1;"));
    refused(Code::UnknownName, OTHER, "use nothing;");
    refused(Code::NeverHolds, OTHER, &with_holding("require 1 == 2;"));
    refused(Code::DivisionByZero, OTHER, &with_holding("let y = mul_div(x, 1, 0); require y == 1;"));
    refused(Code::ReadOnly, "account", &with_pages("", "g = read Guard(v[14])", "g.key = user.key;"));
    refused(Code::Count, OTHER, "layout Big = 41 { a: [field; 7], b: field }");
    refused(Code::Duplicate, OTHER, "layout Again = 7 { }");
    refused(Code::TooLarge, OTHER, &format!("const A = {}1{};", "(".repeat(100), ")".repeat(100)));
    refused(Code::TooLarge, OTHER, &format!("fn f(x) {{ f(x) }} {}", with_holding("let y = f(1);")));
    let doubling: String = (1..40).map(|n| format!("fn f{n}(x) {{ f{0}(x) + f{0}(x) }} ", n - 1)).collect();
    let text = format!("fn f0(x) {{ x }} {doubling} {}", with_holding("let y = f25(x); require y == 1;"));
    refused(Code::TooLarge, OTHER, &text);
}

#[test]
fn errors_show_their_place() {
    let text = "program evil(who: account, x: amount, fee: u40) on user = User(who) signed by user\n{ begin(user, fee);\n  let y = mul_div(997 * x, 1, 2); require y == 1; }";
    let errors = compile("last", text).unwrap_err();
    let error = &errors.0[0];
    assert_eq!((error.line, error.column, error.width), (13, 19, 7), "{errors}");
    let shown = errors.to_string();
    assert!(shown.contains("error[E12]: value may exceed 62 bits"), "{shown}");
    assert!(shown.contains("--> last.braid:13:19"), "{shown}");
    assert!(shown.contains("^^^^^^^ in [0, 4.5e21]"), "{shown}");
}
