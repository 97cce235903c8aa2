//! Known answers of the curve's reference implementation, and group laws on random points.

use super::*;
use crate::F;
use crate::vectors::{self, Case, File};
use p3_field::{Field, PrimeCharacteristicRing};
use proptest::prelude::*;
use std::sync::LazyLock;

static FILE: LazyLock<File> = LazyLock::new(|| vectors::load("ecgfp5.json"));

fn fp5(case: Case, key: &str) -> Fp5 {
    Fp5(case.elements(key))
}

fn point(case: Case, key: &str) -> Point {
    let point = Point { x: fp5(case.get(key), "x"), u: fp5(case.get(key), "u") };
    assert_eq!(Point::decode(fp5(case.get(key), "w")), Some(point));
    point
}

fn scalar(case: Case, key: &str) -> Scalar {
    Scalar::from_bytes(&case.get(key).bytes("hex").try_into().expect("40 bytes")).expect("below n")
}

#[test]
fn base_field() {
    for case in FILE.list("field.base") {
        let (a, b) = (case.element("a"), case.element("b"));
        assert_eq!((a + b, a - b, a * b), (case.element("add"), case.element("sub"), case.element("mul")));
        match a.try_inverse() {
            None => assert!(case.is_null("inverse_a")),
            Some(inverse) => assert_eq!(inverse, case.element("inverse_a")),
        }
    }
}

#[test]
fn extension_field() {
    for case in FILE.list("field.extension") {
        let (a, b) = (fp5(case, "a"), fp5(case, "b"));
        assert_eq!((a + b, a - b), (fp5(case, "add"), fp5(case, "sub")));
        assert_eq!((a * b, a.square()), (fp5(case, "mul"), fp5(case, "square_a")));
        match b.inverse() {
            None => assert!(case.is_null("inverse_b") && case.is_null("div")),
            Some(inverse) => assert_eq!((inverse, a * inverse), (fp5(case, "inverse_b"), fp5(case, "div"))),
        }
    }
}

#[test]
fn square_roots() {
    for case in FILE.list("field.sqrt") {
        let a = fp5(case, "a");
        assert_eq!(a.is_square(), case.number("legendre") >= 0);
        match a.sqrt() {
            None => assert!(case.is_null("root")),
            Some(root) => {
                let known = fp5(case, "root");
                assert!(root == known || -root == known);
            }
        }
    }
}

#[test]
fn decoding() {
    for case in FILE.list("decode.valid") {
        let w = fp5(case, "w");
        let point = Point::decode(w).expect("valid");
        assert_eq!((point.x, point.u), (fp5(case, "x"), fp5(case, "u")));
        assert_eq!(point.encode(), w);
    }
    for case in FILE.list("decode.invalid") {
        assert_eq!(Point::decode(fp5(case, "w")), None);
    }
}

#[test]
fn decoding_bytes() {
    for case in FILE.list("decode.bytes_valid") {
        let bytes: [u8; 40] = case.bytes("bytes").try_into().expect("40 bytes");
        assert_eq!(Fp5::from_bytes(&bytes), Some(fp5(case, "w")));
        assert_eq!(fp5(case, "w").to_bytes(), bytes);
    }
    for case in FILE.list("decode.bytes_invalid") {
        let decoded = <[u8; 40]>::try_from(case.bytes("bytes")).ok().and_then(|bytes| Fp5::from_bytes(&bytes));
        assert_eq!(decoded.and_then(Point::decode), None);
    }
}

#[test]
fn group_law() {
    for case in FILE.list("add") {
        let (p, q, sum) = (point(case, "p"), point(case, "q"), point(case, "sum"));
        assert_eq!((p.add(&q), q.add(&p)), (sum, sum));
        assert_eq!(sum.add(&q.negate()), p);
    }
    for case in FILE.list("double") {
        let (p, double) = (point(case, "p"), point(case, "double"));
        assert_eq!((p.double(), p.add(&p)), (double, double));
    }
    for case in FILE.list("negate") {
        let (p, negative) = (point(case, "p"), point(case, "negative"));
        assert_eq!((p.negate(), p.add(&negative)), (negative, Point::NEUTRAL));
    }
}

#[test]
fn multiplication() {
    for case in FILE.list("mul_generator") {
        assert_eq!(Point::mul_generator(&scalar(case, "k")), point(case, "r"));
        assert_eq!(Point::GENERATOR.mul(&scalar(case, "k")), point(case, "r"));
    }
    for case in FILE.list("mul") {
        assert_eq!(point(case, "p").mul(&scalar(case, "k")), point(case, "r"));
    }
    for case in FILE.list("double_mul") {
        let (s, e, p, r) = (scalar(case, "s"), scalar(case, "e"), point(case, "p"), point(case, "r"));
        assert_eq!(Point::double_mul(&s, &e, &p), r);
        assert_eq!(double_mul_encodes(&s, &e, &p, r.encode()), !r.is_neutral());
        assert!(!double_mul_encodes(&s, &e, &p, r.encode() + Fp5::ONE));
    }
}

#[test]
fn scalars() {
    for case in FILE.list("scalar.decode") {
        let decoded = <[u8; 40]>::try_from(case.bytes("bytes")).ok().and_then(|bytes| Scalar::from_bytes(&bytes));
        assert_eq!(decoded.is_some(), case.flag("valid"));
    }
    for case in FILE.list("scalar.reduce") {
        assert_eq!(Scalar::reduce(&case.bytes("bytes")), scalar(case, "value"));
    }
    for case in FILE.list("scalar.arithmetic") {
        let (a, b) = (scalar(case, "a"), scalar(case, "b"));
        assert_eq!((a + b, a - b), (scalar(case, "add"), scalar(case, "sub")));
        assert_eq!((a * b, -a), (scalar(case, "mul"), scalar(case, "negate_a")));
        if !case.is_null("inverse_a") {
            assert_eq!(a * scalar(case, "inverse_a"), Scalar::ONE);
        }
    }
    for case in FILE.list("scalar.power_256") {
        let power = (0..8).fold(scalar(case, "a"), |value, _| value * value);
        assert_eq!(power, scalar(case, "power"));
    }
}

#[test]
fn parameters() {
    let parameters = FILE.object("parameters");
    assert_eq!(Point::B, fp5(parameters, "b"));
    assert_eq!(Point::GENERATOR, point(parameters, "generator"));
    let order = parameters.get("order").bytes("hex");
    assert_eq!(order, Scalar::ORDER.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>());
    // x = 7t²: the coset check of the circuits.
    assert!(!Fp5([F::new(7), F::ZERO, F::ZERO, F::ZERO, F::ZERO]).is_square());
    assert!(!Point::GENERATOR.x.is_square());
}

#[test]
fn table_holds_the_multiples() {
    let table = fixed_multiples();
    assert_eq!(table.len(), WINDOWS);
    for (window, digit) in [(0, 0), (0, 1), (0, 255), (1, 1), (7, 33), (39, 127)] {
        let mut words = [0; 5];
        words[window / 8] = (digit as u64) << (8 * (window % 8));
        let scalar = Scalar::from_words(words).expect("below n");
        assert_eq!(table[window][digit], Point::GENERATOR.mul(&scalar));
    }
    // Digits above the top of n wrap around modulo n.
    assert_eq!(table[39][128].add(&table[39][128].negate()), Point::NEUTRAL);
    assert_eq!(table[39][127].add(&table[39][1]), table[39][128]);
}

#[test]
fn doubling_many_times_at_once() {
    let neutral = law::Fractional::from(Point::NEUTRAL).double_times(5);
    assert_eq!(law::Fractional::to_affine(&[neutral])[0], Point::NEUTRAL);
    let five = law::Fractional::from(Point::GENERATOR).double_times(5);
    let one_by_one = (0..5).fold(Point::GENERATOR, |point, _| point.double());
    assert_eq!(law::Fractional::to_affine(&[five])[0], one_by_one);
}

#[test]
fn inverting_all_keeps_zeros() {
    let values = [Fp5::ONE.double(), Fp5::ZERO, Point::B];
    let mut inverses = values;
    Fp5::invert_all(&mut inverses);
    assert_eq!(inverses, values.map(|value| value.inverse().unwrap_or(Fp5::ZERO)));
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    prop::collection::vec(any::<u8>(), 0..64).prop_map(|bytes| Scalar::reduce(&bytes))
}

fn any_point() -> impl Strategy<Value = Point> {
    any_scalar().prop_map(|scalar| Point::mul_generator(&scalar))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn law_is_associative(p in any_point(), q in any_point(), r in any_point()) {
        prop_assert_eq!(p.add(&q).add(&r), p.add(&q.add(&r)));
        prop_assert_eq!(p.add(&Point::NEUTRAL), p);
    }

    #[test]
    fn multiplication_is_linear(a in any_scalar(), b in any_scalar(), p in any_point()) {
        prop_assert_eq!(p.mul(&(a + b)), p.mul(&a).add(&p.mul(&b)));
        prop_assert_eq!(p.mul(&a).mul(&b), p.mul(&(a * b)));
        prop_assert_eq!(Point::double_mul(&a, &b, &p), Point::mul_generator(&a).add(&p.mul(&b)));
    }

    #[test]
    fn encoding_returns(p in any_point()) {
        prop_assert_eq!(Point::decode(p.encode()), Some(p));
    }

    #[test]
    fn sparse_digits_sum_up(a in any_scalar(), width in 2u32..=7) {
        let digits = a.sparse_digits(width);
        let mut sum = Scalar::ZERO;
        for &digit in digits.iter().rev() {
            sum = sum + sum;
            let value = Scalar::from(u128::from(digit.unsigned_abs()));
            sum = if digit < 0 { sum - value } else { sum + value };
            prop_assert!(digit == 0 || digit % 2 != 0 && u32::from(digit.unsigned_abs()) < 1 << (width - 1));
        }
        prop_assert_eq!(sum, a);
    }
}
