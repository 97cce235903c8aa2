//! Against known answers: decoding, addition, doubling and the residues of the law.

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use serde_json::Value;

use super::{Fraction, Point, Quintic, generator};

fn vectors() -> Value {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/ecgfp5.json"));
    serde_json::from_str(text).expect("the vectors are valid JSON")
}

fn quintic(value: &Value) -> Quintic<F> {
    Quintic(core::array::from_fn(|i| F::from_u64(value[i].as_str().expect("a string").parse().expect("a number"))))
}

fn point(value: &Value) -> Point<F> {
    Point { x: quintic(&value["x"]), u: quintic(&value["u"]) }
}

fn entries<'a>(vectors: &'a Value, key: &str) -> &'a [Value] {
    vectors[key].as_array().expect("a list")
}

fn reduce(fraction: Fraction<F>) -> Point<F> {
    Fraction::reduce_all(&[fraction])[0]
}

/// All zero?
fn vanish<const N: usize>(residues: [Quintic<F>; N]) -> bool {
    residues.iter().all(|residue| *residue == Quintic::zero())
}

#[test]
fn field_operations_agree_with_the_known_answers() {
    let vectors = vectors();
    for entry in vectors["field"]["extension"].as_array().expect("a list") {
        let (a, b) = (quintic(&entry["a"]), quintic(&entry["b"]));
        assert_eq!(a.mul(&b), quintic(&entry["mul"]));
        assert_eq!(a.square(), quintic(&entry["square_a"]));
        assert_eq!(a.add(&b), quintic(&entry["add"]));
        assert_eq!(a.sub(&b), quintic(&entry["sub"]));
    }
}

#[test]
fn sums_agree_with_the_known_answers_and_satisfy_the_law() {
    let vectors = vectors();
    for entry in entries(&vectors, "add") {
        let (p, q, r) = (point(&entry["p"]), point(&entry["q"]), point(&entry["sum"]));
        assert_eq!(reduce(Fraction::from(p).add(&q)), r);
        let (t1, t3) = (p.x.mul(&q.x), p.u.mul(&q.u));
        assert!(vanish(p.sum_residues(&q, &t1, &t3, &r)));
        let wrong = Point { x: r.x.add(&Quintic::one()), u: r.u };
        assert!(!vanish(p.sum_residues(&q, &t1, &t3, &wrong)));
        let wrong = Point { x: r.x, u: r.u.add(&Quintic::one()) };
        assert!(!vanish(p.sum_residues(&q, &t1, &t3, &wrong)));
    }
    for entry in entries(&vectors, "double") {
        assert_eq!(reduce(Fraction::from(point(&entry["p"])).double()), point(&entry["double"]));
    }
}

#[test]
fn doubling_a_fraction_whose_denominators_are_not_one() {
    let p = Fraction::from(generator()).double().double();
    assert_eq!(reduce(p.double()), reduce(p.add(&reduce(p))));
}

#[test]
fn lanes_are_independent() {
    type P = <F as Field>::Packing;
    let lanes: Vec<Point<F>> = (0..P::WIDTH)
        .scan(Fraction::from(generator()), |acc, _| {
            *acc = acc.add(&generator());
            Some(reduce(*acc))
        })
        .collect();
    let packed = Point { x: Quintic::<P>::from_lanes(|i| lanes[i].x), u: Quintic::from_lanes(|i| lanes[i].u) };
    let doubled = Fraction::reduce_all(&[Fraction::from(packed).double()])[0];
    for (lane, p) in lanes.iter().enumerate() {
        let expected = reduce(Fraction::from(*p).double());
        assert_eq!((doubled.x.lane(lane), doubled.u.lane(lane)), (expected.x, expected.u));
    }
}

#[test]
fn the_generator_is_the_known_one() {
    assert_eq!(generator(), point(&vectors()["parameters"]["generator"]));
}

#[test]
fn the_wrong_abscissa_is_a_square_and_breaks_the_law() {
    let g = generator();
    let w = g.u.invert();
    let other = Point { x: Quintic::curve(&F::ONE).mul(&g.x.invert()), u: g.u };
    // Both abscissas solve the equation of the encoding; only the coset check tells them apart.
    let zero = Quintic::zero();
    assert_eq!(other.decode_residues(&w, &zero, &F::ONE)[..2], [zero; 2]);
    assert_eq!(g.decode_residues(&w, &zero, &F::ONE)[..2], [zero; 2]);
    let fraction = Fraction::from(g).add(&other);
    assert!(fraction.z == zero || fraction.t == zero, "the law is not complete outside the group");
}

#[test]
fn a_point_outside_the_group_would_break_the_law() {
    // Why the signature chip must check the coset: P and its twin of the same encoding have no sum.
    let point = generator();
    let twin = Point { x: Quintic::curve(&F::ONE).mul(&point.x.invert()), u: point.u };
    let (t1, t3) = (point.x.mul(&twin.x), point.u.mul(&twin.u));
    let residues = |result: &Point<F>| point.sum_residues(&twin, &t1, &t3, result);
    let [.., x, u] = residues(&point);
    let free = residues(&Point { x: point.x.add(&Quintic::one()), u: point.u });
    let other = residues(&Point { x: point.x, u: point.u.add(&Quintic::one()) });
    assert!(free[2] == x || other[3] == u, "one coordinate of the result is not determined");
}
