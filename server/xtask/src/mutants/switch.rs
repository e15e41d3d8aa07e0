//! One source of the engine with all its mutants compiled in, each asleep until it is the one at work.

use std::collections::HashMap;

use anyhow::Result;
use proc_macro2::Span;
use syn::{
    BinOp, Block, Expr, ExprMatch, ExprStruct, ImplItemConst, ImplItemFn, ItemConst, ItemFn, ItemMod,
    ItemStatic, Pat, PatGuard, ReturnType, Signature, Stmt, Type, parse_quote, parse_str,
    spanned::Spanned as _,
    visit_mut::{self, VisitMut},
};

use super::mutant::{Genre, Mutant, Position};

/// What is added to the root of the crate.
pub const QUESTION: &str = r#"
static MUTANT: std::sync::LazyLock<Option<usize>> =
    std::sync::LazyLock::new(|| std::env::var("MUTANT").ok()?.parse().ok());

/// Whether this mutant is the one at work.
#[doc(hidden)]
pub fn mutant(number: usize) -> bool {
    *MUTANT == Some(number)
}
"#;

/// A source with its mutants.
#[derive(Debug)]
pub struct Switched {
    pub source: String,
    /// The mutants that are in it, by number. The others have no place where a program could ask for them.
    pub placed: Vec<usize>,
}

/// Puts the mutants of one source into it.
pub fn switch<'m>(source: &str, mutants: impl Iterator<Item = (usize, &'m Mutant)>) -> Result<Switched> {
    let mut waiting: HashMap<_, Vec<_>> = HashMap::new();
    for (number, mutant) in mutants {
        let place = (mutant.genre, mutant.span.start);
        waiting.entry(place).or_default().push((number, mutant.replacement.as_str()));
    }
    let mut switches = Switches { waiting, placed: Vec::new() };
    let mut file = syn::parse_file(source)?;
    switches.visit_file_mut(&mut file);
    Ok(Switched { source: prettyplease::unparse(&file), placed: switches.placed })
}

/// A mutant's number and what it puts in place.
type Change<'m> = (usize, &'m str);

struct Switches<'m> {
    waiting: HashMap<(Genre, Position), Vec<Change<'m>>>,
    placed: Vec<usize>,
}

impl<'m> Switches<'m> {
    fn take(&mut self, genre: Genre, span: Span) -> Vec<Change<'m>> {
        let start = span.start();
        let position = Position { line: start.line, column: start.column + 1 };
        self.waiting.remove(&(genre, position)).unwrap_or_default()
    }

    /// The expression as it was, or as the mutant at work has it.
    fn either(
        &mut self,
        original: Expr,
        changes: Vec<Change<'m>>,
        broken: impl Fn(&str) -> Option<Expr>,
    ) -> Expr {
        changes.into_iter().fold(original, |original, (number, change)| {
            let Some(broken) = broken(change) else { return original };
            self.placed.push(number);
            parse_quote!((if crate::mutant(#number) { #broken } else { #original }))
        })
    }

    fn function(&mut self, signature: &mut Signature, body: &mut Block) {
        // At compile time there is nobody to ask.
        signature.constness = None;
        let first = body.stmts.first().map(Stmt::span);
        let values = first.map(|span| self.take(Genre::FnValue, span)).unwrap_or_default();
        visit_mut::visit_block_mut(self, body);
        if is_opaque(&signature.output) {
            return;
        }
        for (number, value) in values {
            let Ok(value) = parse_str::<Expr>(value) else { continue };
            self.placed.push(number);
            body.stmts.insert(0, parse_quote!(if crate::mutant(#number) { return #value; }));
        }
    }

    fn operator(&mut self, whole: &Expr, changes: Vec<Change<'m>>) -> Expr {
        self.either(whole.clone(), changes, |change| match whole {
            Expr::Binary(binary) => {
                let operator: BinOp = parse_str(change).ok()?;
                let (left, right) = (&binary.left, &binary.right);
                Some(parse_quote!(#left #operator #right))
            }
            Expr::Unary(unary) => Some((*unary.expr).clone()),
            _ => None,
        })
    }

    fn fields(&mut self, whole: &ExprStruct) -> Expr {
        let mut either = Expr::Struct(whole.clone());
        for (at, field) in whole.fields.iter().enumerate() {
            let changes = self.take(Genre::StructField, field.span());
            let others = whole.fields.pairs().enumerate().filter(|(there, _)| *there != at);
            let fields = others.map(|(_, pair)| pair.cloned()).collect();
            let fewer = ExprStruct { fields, ..whole.clone() };
            either = self.either(either, changes, |_| Some(Expr::Struct(fewer.clone())));
        }
        either
    }
}

impl VisitMut for Switches<'_> {
    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        self.function(&mut function.sig, &mut function.block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.function(&mut function.sig, &mut function.block);
    }

    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if module.ident != "tests" {
            visit_mut::visit_item_mod_mut(self, module);
        }
    }

    fn visit_item_const_mut(&mut self, _: &mut ItemConst) {}

    fn visit_impl_item_const_mut(&mut self, _: &mut ImplItemConst) {}

    fn visit_item_static_mut(&mut self, _: &mut ItemStatic) {}

    fn visit_expr_match_mut(&mut self, whole: &mut ExprMatch) {
        // Without an arm for the rest, none of the others can be left out.
        let may_shrink = whole.arms.iter().any(|arm| matches!(arm.pat, Pat::Wild(_) | Pat::Ident(_)));
        let deleted: Vec<_> = whole.arms.iter().map(|arm| self.take(Genre::MatchArm, arm.span())).collect();
        visit_mut::visit_expr_match_mut(self, whole);
        for (arm, deleted) in whole.arms.iter_mut().zip(deleted).filter(|_| may_shrink) {
            for (number, _) in deleted {
                self.placed.push(number);
                arm.pat = only_if(arm.pat.clone(), &parse_quote!(!crate::mutant(#number)));
            }
        }
    }

    fn visit_pat_guard_mut(&mut self, guarded: &mut PatGuard) {
        let changes = self.take(Genre::MatchArmGuard, guarded.guard.span());
        visit_mut::visit_pat_guard_mut(self, guarded);
        if !has_let(&guarded.guard) {
            *guarded.guard = self.either((*guarded.guard).clone(), changes, |change| parse_str(change).ok());
        }
    }

    fn visit_expr_mut(&mut self, whole: &mut Expr) {
        let changes = match whole {
            // No other operator may stand beside a `let`.
            Expr::Binary(binary) if !has_let(&binary.left) && !has_let(&binary.right) => {
                self.take(Genre::BinaryOperator, binary.op.span())
            }
            Expr::Unary(unary) => self.take(Genre::UnaryOperator, unary.op.span()),
            _ => Vec::new(),
        };
        visit_mut::visit_expr_mut(self, whole);
        if let Expr::Struct(fields) = whole {
            *whole = self.fields(&fields.clone());
        } else if !changes.is_empty() {
            *whole = self.operator(whole, changes);
        }
    }
}

/// Whether the function returns `impl …`: a value of another type could not be returned beside its own.
fn is_opaque(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, returned) if matches!(**returned, Type::ImplTrait(_)))
}

/// The pattern under one more condition.
fn only_if(pattern: Pat, condition: &Expr) -> Pat {
    let (pat, guard) = match pattern {
        Pat::Guard(PatGuard { pat, guard, .. }) => (pat, parse_quote!(#condition && (#guard))),
        pattern => (Box::new(pattern), condition.clone()),
    };
    Pat::Guard(PatGuard { attrs: Vec::new(), pat, if_token: Default::default(), guard: Box::new(guard) })
}

fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(genre: &str, line: usize, column: usize, replacement: &str) -> Mutant {
        serde_json::from_value(serde_json::json!({
            "name": "a mutant", "file": "lib.rs", "genre": genre, "replacement": replacement,
            "span": { "start": { "line": line, "column": column } },
        }))
        .expect("a mutant")
    }

    fn switched(source: &str, mutants: &[Mutant]) -> (String, Vec<usize>) {
        let Switched { source, placed } = switch(source, mutants.iter().enumerate()).expect("a source");
        (source.split_whitespace().collect::<Vec<_>>().join(" "), placed)
    }

    #[test]
    fn a_function_may_answer_at_once_and_an_operator_may_be_another() {
        let mutants = [mutant("FnValue", 2, 1, "7"), mutant("BinaryOperator", 2, 3, "-")];
        let (source, placed) = switched("const fn sum(a: i32, b: i32) -> i32 {\na + b\n}", &mutants);
        assert_eq!(
            source,
            "fn sum(a: i32, b: i32) -> i32 { if crate::mutant(0usize) { return 7; } \
             (if crate::mutant(1usize) { a - b } else { a + b }) }"
        );
        assert_eq!(placed, [1, 0]);
    }

    #[test]
    fn an_arm_is_left_out_where_another_takes_its_place() {
        let source = "fn f(n: u8) -> u8 { match n {\n0 => 1,\n_ => 2 } }";
        let (switched_source, placed) = switched(source, &[mutant("MatchArm", 2, 1, "")]);
        assert!(switched_source.contains("0 if !crate::mutant(0usize) => 1,"), "{switched_source}");
        assert_eq!(placed, [0]);
        let closed = "fn f(n: bool) -> u8 { match n {\ntrue => 1,\nfalse => 2 } }";
        assert!(switched(closed, &[mutant("MatchArm", 2, 1, "")]).1.is_empty());
    }

    #[test]
    fn a_field_is_left_to_what_stands_behind_the_dots() {
        let source = "fn f(n: Pair) -> Pair {\nPair { a: 1, ..n }\n}";
        let (source, placed) = switched(source, &[mutant("StructField", 2, 8, "")]);
        let either = "(if crate::mutant(0usize) { Pair { ..n } } else { Pair { a: 1, ..n } })";
        assert_eq!((source, placed), (format!("fn f(n: Pair) -> Pair {{ {either} }}"), vec![0]));
    }

    #[test]
    fn where_nobody_can_ask_there_is_no_mutant() {
        let constant = "const SIZE: usize = 1 << 4;";
        assert!(switched(constant, &[mutant("BinaryOperator", 1, 23, ">>")]).1.is_empty());
        let condition = "fn f(n: Option<u8>) { if true && let Some(_) = n {} }";
        assert!(switched(condition, &[mutant("BinaryOperator", 1, 31, "||")]).1.is_empty());
        let opaque = "fn f() -> impl Iterator<Item = u8> {\n[1].into_iter()\n}";
        assert!(switched(opaque, &[mutant("FnValue", 2, 1, "::std::iter::empty()")]).1.is_empty());
    }
}
