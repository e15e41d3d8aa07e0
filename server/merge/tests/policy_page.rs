//! The page about policies shows policies that work, and every word that one may have.

use merge::{
    BlankRule, Comparator, Hold, ListKind, ListOrder, Mode, NoBaseBlank, Policy, Resolver, TextMerge,
};

const PAGE: &str = include_str!("../POLICY.md");

#[test]
fn every_example_on_the_page_is_a_policy() {
    let examples: Vec<&str> =
        PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() > 5);
    for example in examples {
        let policy = Policy::from_toml(example);
        assert!(
            policy.as_ref().is_ok_and(|policy| *policy != Policy::default()),
            "{:?}:\n{example}",
            policy.err()
        );
    }
}

#[test]
fn every_word_of_a_policy_is_on_the_page() {
    macro_rules! words {
        ($($kind:ty),+) => { [$(<$kind>::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),+].concat() };
    }
    let is_there =
        |word: &str| [format!("`{word}`"), format!("\"{word}\"")].iter().any(|word| PAGE.contains(word));
    let words =
        words![Mode, Hold, BlankRule, NoBaseBlank, Comparator, ListKind, ListOrder, TextMerge, Resolver];
    let missing: Vec<&str> = words.into_iter().filter(|word| !is_there(word)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
