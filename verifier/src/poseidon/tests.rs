//! Known answers from plonky2 1.1.0, and timing-free checks of the integer layer.

use super::*;

struct Permutation {
    input: [u64; WIDTH],
    output: [u64; WIDTH],
}

#[rustfmt::skip]
const KNOWN: [Permutation; 6] = [
    Permutation {
        input: [0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0],
        output: [0x3c18a9786cb0b359, 0xc4055e3364a246c3, 0x7953db0ab48808f4, 0xc71603f33a1144ca, 0xd7709673896996dc, 0x46a84e87642f44ed, 0xd032648251ee0b3c, 0x1c687363b207df62, 0xdf8565563e8045fe, 0x40f5b37ff4254dae, 0xd070f637b431067c, 0x1792b1c4342109d7],
    },
    Permutation {
        input: [0x0, 0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xa, 0xb],
        output: [0xd64e1e3efc5b8e9e, 0x53666633020aaa47, 0xd40285597c6a8825, 0x613a4f81e81231d2, 0x414754bfebd051f0, 0xcb1f8980294a023f, 0x6eb2a9e4d54a9d0f, 0x1902bc3af467e056, 0xf045d5eafdc6021f, 0xe4150f77caaa3be5, 0xc9bfd01d39b50cce, 0x5c0a27fcb0e1459b],
    },
    Permutation {
        input: [0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000],
        output: [0xbe0085cfc57a8357, 0xd95af71847d05c09, 0xcf55a13d33c1c953, 0x95803a74f4530e82, 0xfcd99eb30a135df1, 0xe095905e913a3029, 0xde0392461b42919b, 0x7d3260e24e81d031, 0x10d3d0465d9deaa0, 0xa87571083dfc2a47, 0xe18263681e9958f8, 0xe28e96f1ae5e60d3],
    },
    Permutation {
        input: [0x6e3b29128374f234, 0x38a1e8b5885be9c1, 0xd8ac589f8cfdcebd, 0xf6bc1050f1e537fa, 0xb8511368bf0cae2d, 0x6921d636f89e20ef, 0xe75fe967f01390f7, 0x8e27edb8828fb670, 0x3dac2c48f4447296, 0x90fd15b8e1a20742, 0xc193c064f32f08b7, 0x201abc53bf87d870],
        output: [0x9849add2d262b60f, 0x2e6fc53ae816b9ac, 0x5c8c94de1c9b1dbe, 0xe044ac741afc0873, 0xa1f4110d14c1ff1d, 0xcfb35a6952631cf2, 0x46c1459fdef0421c, 0xcc280057e000bb66, 0xd44292248c326bc8, 0xadc0ce0330f6a562, 0x36a1956f5f271329, 0xf66a7cae6584d3e0],
    },
    Permutation {
        input: [0x26723ad401f35c1, 0x23a5e4952426499a, 0xb0af7732171b41c7, 0x15312669f714373d, 0xf27bd937fbb838a4, 0xfc655c20a16dda92, 0xbf476447e66d6d45, 0x575c0a86e5ea5509, 0x6cfa08d1fbbf9e78, 0x53d2462da4e2baaa, 0x33ac07b4cdbda243, 0xa9229af68b256b6d],
        output: [0x7e0100e3b0ebf527, 0x66bfeb64e5b18ff0, 0xfb0b5e95c7988bd5, 0x85b8f955e1192891, 0xd5c870541fcb5567, 0xbc8d8c40a0a61865, 0xe2988c37dd388d47, 0xc4a65cb497ca7c24, 0x58354cc8c875d7b6, 0x77b4eee09be6963, 0x74cd963116f01bec, 0x53ed740b2746cb10],
    },
    Permutation {
        input: [0x657cb9f7321b1845, 0x412f502519df7f5c, 0xa87c7525294f84fd, 0x8f063f715e26a694, 0x3dd44343c83b0d0c, 0xe44a27a42226eca, 0x57cf41e6a8381986, 0xfd5202fcc92b7368, 0x14d36ced09a2994f, 0xe68c007b3266aaa3, 0xf72cf22f3e2883ec, 0x336d317f3182af06],
        output: [0x97931960957f4fcb, 0xc9be1bf700db77f2, 0x30c413911bf56876, 0x340f139ff89e5fb2, 0x1bab87fed0e60051, 0x9ed39160352bf0fe, 0xd1dd377c63a9e9c9, 0x40eecec723a0818d, 0x712f0f53497e9933, 0x1cd8650acef93a98, 0x6203134fdaf52823, 0xb515d78e3e413ba5],
    },
];

fn elements<const N: usize>(values: &[u64; N]) -> [Goldilocks; N] {
    values.map(Goldilocks::new)
}

#[test]
fn permutes_as_plonky2_does() {
    for known in &KNOWN {
        let mut state = elements(&known.input);
        permute(&mut state);
        assert_eq!(state, elements(&known.output));
    }
}

#[test]
fn the_integer_product_is_the_circulant_matrix() {
    let v: [i64; WIDTH] = core::array::from_fn(|i| (0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(i as u64 + 1) >> 32) as i64);
    let largest = [EPSILON as i64; WIDTH];
    for v in [v, largest] {
        let expected: [i64; WIDTH] =
            core::array::from_fn(|row| (0..WIDTH).map(|i| v[(i + row) % WIDTH] * MDS_CIRCULANT[i] as i64).sum());
        assert_eq!(circulant(&v), expected);
    }
}

#[test]
fn short_leaves_stand_for_themselves() {
    let two = elements(&[5, 6]);
    assert_eq!(hash_leaf(&two), elements(&[5, 6, 0, 0]));
    let five = elements(&[1, 2, 3, 4, 5]);
    assert_eq!(hash_leaf(&five), hash(&five));
    assert_ne!(hash(&two), hash_leaf(&two));
}

#[test]
fn a_node_is_the_hash_of_its_children_in_order() {
    let (left, right) = (elements(&[1, 2, 3, 4]), elements(&[5, 6, 7, 8]));
    assert_eq!(two_to_one(&left, &right), hash(&elements(&[1, 2, 3, 4, 5, 6, 7, 8])));
    assert_ne!(two_to_one(&left, &right), two_to_one(&right, &left));
}
