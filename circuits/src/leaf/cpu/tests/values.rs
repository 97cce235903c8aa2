//! Hostile instructions and values by the numbers of SOUNDNESS 6, each with the kind of failure it must have.

use p3_field::Field;

use super::constraint::*;
use super::*;

#[test]
fn attack_7_look_up_a_padding_row() {
    // A row that is all zero in the table but real in the trace: nothing asks for its flags, one operation is needed.
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 1, |columns| {
        let (tx, pc, first, fees, prog) = (columns.tx, columns.pc, columns.first, columns.fees, columns.prog);
        *columns = Columns::read(&[F::ZERO; Columns::<F>::WIDTH]);
        (columns.tx, columns.pc, columns.first, columns.fees, columns.prog) = (tx, pc, first, fees, prog);
        columns.flags[0] = F::ONE;
    });
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.is_empty() && findings.buses.contains("instruction"), "{findings:?}");
}

#[test]
fn attack_8_change_a_field_of_an_instruction() {
    let bench = sample::bench();
    let changes: [fn(&mut Columns<F>); 5] = [
        |c| c.ref_a += F::ONE,
        |c| c.ref_b += F::ONE,
        |c| c.ref_c += F::ONE,
        |c| (c.k, c.out) = (c.k + F::ONE, c.out + F::ONE),
        |c| c.shift = F::ONE,
    ];
    for change in changes {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, 0, |columns| {
            change(columns);
            refit(columns);
        });
        let findings = bench.audit(&matrix);
        assert!(findings.constraints.is_empty() && findings.buses.contains("instruction"), "{findings:?}");
    }
}

#[test]
fn attack_10_a_local_changes_on_the_way() {
    let bench = sample::bench();
    // Row 3 reads results 0 and 1; it takes another result 0, and its own reader follows.
    let mut matrix = bench.rows(64);
    let lie = F::from_u64(2_000_000);
    let mut product = F::ZERO;
    edit(&mut matrix, 3, |columns| {
        columns.a = lie;
        columns.out = lie * (columns.b + columns.k);
        product = columns.out;
        refit(columns);
    });
    edit(&mut matrix, sample::pc::IS_EQUAL_TRUE, |columns| (columns.a, columns.b) = (product, product));
    bench.audit(&matrix).are_buses(&["local"]);
    // An operand that was not given, and a result of another transaction.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::STARTS[4], |columns| {
        (columns.a, columns.out) = (F::from_u8(6), F::from_u8(6));
        refit(columns);
    });
    bench.audit(&matrix).are_buses(&["local"]);
}

#[test]
fn attack_12_select_with_two() {
    // out = 2 (a − b) + b.
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::SELECT, |columns| {
        columns.c = F::TWO;
        columns.out = columns.c * (columns.a - columns.b) + columns.b;
        refit(columns);
    });
    let findings = bench.audit(&matrix);
    assert_eq!(findings.constraints, [SELECT_BOOLEAN].into());
    assert!(findings.buses.contains("local"));
    // The wrong branch.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::SELECT, |columns| {
        columns.out = columns.b;
        refit(columns);
    });
    assert!(bench.audit(&matrix).constraints.contains(&SELECT));
}

#[test]
fn attack_13_is_equal_lies() {
    let bench = sample::bench();
    // Unequal called equal: with any inverse, one of the two constraints fails.
    for inverse in [F::ZERO, get(&bench.rows(64), sample::pc::IS_EQUAL_FALSE).inverse] {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, sample::pc::IS_EQUAL_FALSE, |columns| {
            (columns.out, columns.inverse) = (F::ONE, inverse);
            refit(columns);
        });
        let findings = bench.audit(&matrix);
        assert!(findings.constraints.contains(&IS_EQUAL_ZERO), "{findings:?}");
        assert_eq!(findings.constraints.contains(&IS_EQUAL), inverse != F::ZERO);
    }
    // Equal called unequal.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::IS_EQUAL_TRUE, |columns| {
        columns.out = F::ZERO;
        refit(columns);
    });
    assert!(bench.audit(&matrix).constraints.contains(&IS_EQUAL));
}

#[test]
fn attack_14_less_lies() {
    let bench = sample::bench();
    // 77 < 1000 denied: the hidden difference 77 − 1000 is out of range whatever its limbs.
    let lie = |limbs: u64| {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, sample::pc::LESS_TRUE, |columns| {
            columns.out = F::ZERO;
            columns.limbs = core::array::from_fn(|i| F::from_u64(limbs >> (16 * i) & 0xffff));
            columns.top = columns.shift * columns.limbs[3];
        });
        bench.audit(&matrix)
    };
    let findings = lie((-F::from_u16(1000 - 77)).as_canonical_u64());
    assert!(findings.constraints.is_empty() && findings.buses.contains("range"), "{findings:?}");
    assert!(lie(1000 - 77).constraints.contains(&LIMBS));
    // A truth that is neither yes nor no.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::LESS_TRUE, |columns| columns.out = F::from_u8(3));
    assert!(bench.audit(&matrix).constraints.contains(&LESS_BOOLEAN));
}

#[test]
fn attack_15_a_top_limb_that_is_a_fraction() {
    // Row 2 is a check of ten bits: shift 64, and the limb 5 / 64 has a top of 5.
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::REVERSE_SUB, |columns| {
        columns.limbs[0] = F::from_u8(5) * F::from_u8(64).inverse();
        columns.top = F::from_u8(5);
        columns.out = columns.limbs[0];
        columns.b = columns.out + columns.a - columns.k;
    });
    // The difference is an operand nobody gave, the limb is no sixteen-bit value.
    bench.audit(&matrix).are_buses(&["local", "range"]);
    // A value of eleven bits: its top is too large, and a smaller one is not its top.
    let eleven_bits = |top: Option<u64>| {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, sample::pc::REVERSE_SUB, |columns| {
            columns.out = F::from_u16(1024);
            columns.b = columns.out + columns.a - columns.k;
            refit(columns);
            columns.top = top.map_or(columns.top, F::from_u64);
        });
        bench.audit(&matrix)
    };
    eleven_bits(None).are_buses(&["local", "range"]);
    assert!(eleven_bits(Some(65535)).constraints.contains(&TOP));
    // The same value in the limbs that the instruction does not have.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::REVERSE_SUB, |columns| {
        columns.out = F::from_u32(1 << 16);
        columns.b = columns.out + columns.a - columns.k;
        (columns.limbs, columns.top) = ([F::ZERO, F::ONE, F::ZERO, F::ZERO], F::ZERO);
    });
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.iter().all(|number| UNUSED_LIMBS.contains(number)), "{findings:?}");
    assert!(!findings.constraints.is_empty());
}

#[test]
fn attacks_16_and_17_a_division_that_is_not_true() {
    let bench = sample::bench();
    for delta in [F::ONE, -F::ONE] {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, sample::pc::MUL_DIV, |columns| {
            columns.out += delta;
            refit(columns);
        });
        bench.audit(&matrix).are_buses(&["link", "local"]);
    }
    // By zero: no statement of the wide chip has that divisor.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::MUL_DIV, |columns| columns.c = F::ZERO);
    bench.audit(&matrix).are_buses(&["link", "local"]);
}

#[test]
fn attack_41_a_page_entry_as_an_instruction() {
    // A page row of program 0 begins (1, 0, 0, flags, ..); it is on another bus, so no instruction looks like it.
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 0, |columns| {
        let page_flags = 1 << 0 | 1 << 1 | 1 << 6;
        columns.flags = core::array::from_fn(|bit| F::from_bool(page_flags >> bit & 1 == 1));
    });
    let findings = bench.audit(&matrix);
    assert!(findings.buses.contains("instruction"), "{findings:?}");
}

#[test]
fn attack_47_a_context_value_of_another_chunk() {
    let bench = sample::bench();
    for (pc, number) in [
        (sample::pc::NOW, NOW),
        (sample::pc::BLOCK, BLOCK),
        (sample::pc::FEES_BEFORE, FEES_BEFORE),
        (sample::pc::SCALE, SCALE),
    ] {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, pc, |columns| {
            let honest = columns.b;
            columns.b += F::ONE;
            columns.out = match pc {
                sample::pc::SCALE => columns.a * columns.b,
                _ => columns.out + columns.b - honest,
            };
            refit(columns);
        });
        bench.audit(&matrix).are_constraints(&[number]);
    }
}

#[test]
fn a_slot_that_reads_nothing_is_zero() {
    let bench = sample::bench();
    // Row 18 is `out = 0 + 0 − 1`.
    for (number, change) in
        [(UNREAD_A, (|c, x| c.a = x) as fn(&mut Columns<F>, F)), (UNREAD_B, |c, x| c.b = x), (UNREAD_C, |c, x| c.c = x)]
    {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, sample::pc::LAST, |columns| {
            change(columns, F::from_u8(9));
            columns.out = columns.a + columns.b + columns.k;
            refit(columns);
        });
        bench.audit(&matrix).are_constraints(&[number]);
    }
    // And the equation itself.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::LAST, |columns| {
        columns.out += F::ONE;
        refit(columns);
    });
    bench.audit(&matrix).are_constraints(&[ADD]);
}

#[test]
fn a_check_of_zero_is_checked() {
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::ZERO, |columns| {
        columns.a += F::ONE;
        columns.out = F::ONE;
        refit(columns);
    });
    let findings = bench.audit(&matrix);
    assert_eq!(findings.constraints, [ZERO].into());
}

#[test]
fn use_counts_are_what_readers_make_of_them() {
    let bench = sample::bench();
    for delta in [F::ONE, -F::ONE] {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, 0, |columns| columns.uses += delta);
        bench.audit(&matrix).are_buses(&["local"]);
    }
}
