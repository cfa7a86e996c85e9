//! In TypeScript as `BTreeMap` is.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use super::OrdMap;

impl<K: TS, V: TS> TS for OrdMap<K, V> {
    type WithoutGenerics = <BTreeMap<K, V> as TS>::WithoutGenerics;
    type OptionInnerType = Self;

    fn name(config: &Config) -> String {
        BTreeMap::<K, V>::name(config)
    }

    fn inline(config: &Config) -> String {
        BTreeMap::<K, V>::inline(config)
    }

    fn visit_dependencies(visitor: &mut impl TypeVisitor)
    where
        Self: 'static,
    {
        BTreeMap::<K, V>::visit_dependencies(visitor);
    }

    fn visit_generics(visitor: &mut impl TypeVisitor)
    where
        Self: 'static,
    {
        BTreeMap::<K, V>::visit_generics(visitor);
    }
}
