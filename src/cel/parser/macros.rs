//! Calls: of functions, and of what the language writes like functions and is none, as `has` and the loops.

use std::ops::Range;

use super::{Parsed, Parser};
use crate::cel::duration;
use crate::cel::fault::Fault;
use crate::cel::lexer::Token;
use crate::cel::library::{self, Function};
use crate::cel::pattern;
use crate::cel::syntax::{Expression, Gather, Kind, Loop};
use crate::cel::value::Value;

/// The loops: the name, how many arguments, how many of these are variables, whether one is a filter.
const LOOPS: &[(&str, usize, usize, bool, Gather)] = &[
    ("all", 2, 1, false, Gather::All),
    ("all", 3, 2, false, Gather::All),
    ("exists", 2, 1, false, Gather::Exists),
    ("exists", 3, 2, false, Gather::Exists),
    ("exists_one", 2, 1, false, Gather::ExistsOne),
    ("existsOne", 2, 1, false, Gather::ExistsOne),
    ("existsOne", 3, 2, false, Gather::ExistsOne),
    ("filter", 2, 1, false, Gather::Filter),
    ("map", 2, 1, false, Gather::List),
    ("map", 3, 1, true, Gather::List),
    ("sortBy", 2, 1, false, Gather::SortBy),
    ("transformList", 3, 2, false, Gather::List),
    ("transformList", 4, 2, true, Gather::List),
    ("transformMap", 3, 2, false, Gather::Map),
    ("transformMap", 4, 2, true, Gather::Map),
    ("transformMapEntry", 3, 2, false, Gather::Entries),
    ("transformMapEntry", 4, 2, true, Gather::Entries),
];

/// Whether a name is that of a function that is written before its arguments.
pub(super) fn is_global(name: &str) -> bool {
    library::named(name).any(|function| !function.is_method)
}

/// How many arguments stand between the bracket that is next and its twin.
fn count(parser: &Parser<'_>) -> usize {
    let (mut open, mut count) = (0_usize, 1);
    for by in 0.. {
        match parser.ahead(by) {
            Token::Sign("(" | "[" | "{") => open += 1,
            Token::Sign(")" | "]" | "}") if open == 1 => {
                return if by == 1 { 0 } else { count };
            }
            Token::Sign(")" | "]" | "}") => open -= 1,
            Token::Sign(",") if open == 1 => count += 1,
            Token::End => return count,
            _ => {}
        }
    }
    count
}

/// A call whose name follows a value and a dot; the next token is the bracket.
pub(super) fn method(parser: &mut Parser<'_>, of: Expression, name: &str, place: Range<usize>) -> Parsed {
    let given = count(parser);
    let of_name = LOOPS.iter().filter(|(known, ..)| *known == name);
    if let Some((.., variables, has_filter, gather)) = of_name.clone().find(|(_, count, ..)| *count == given)
    {
        return looped(parser, of, place, (*variables, *has_filter, *gather));
    }
    if of_name.count() > 0 && library::named(name).next().is_none() {
        return Err(Fault::new(
            &place,
            format!("`{name}` wants a variable and what is said of it, as `list.{name}(x, x > 1)`"),
        ));
    }
    if matches!(name, "optMap" | "optFlatMap") && given == 2 {
        return optional(parser, of, place, name == "optFlatMap");
    }
    let outer = parser.may_mix;
    parser.may_mix |= name == "format";
    let mut arguments = vec![of];
    arguments.extend(rest(parser)?);
    parser.may_mix = outer;
    call(parser, name, place, arguments, true)
}

/// A call whose name stands before its arguments; the next token is the bracket.
pub(super) fn global(parser: &mut Parser<'_>, name: &str, place: Range<usize>) -> Parsed {
    if name == "has" {
        return has(parser, place);
    }
    let arguments = rest(parser)?;
    call(parser, name, place, arguments, false)
}

/// The arguments between brackets.
fn rest(parser: &mut Parser<'_>) -> Result<Vec<Expression>, Fault> {
    parser.expect("(")?;
    let mut arguments = Vec::new();
    while !parser.is_next(")") {
        arguments.push(parser.expression()?);
        if !parser.takes(",") {
            break;
        }
    }
    parser.expect(")")?;
    Ok(arguments)
}

fn call(
    parser: &Parser<'_>,
    name: &str,
    place: Range<usize>,
    arguments: Vec<Expression>,
    is_method: bool,
) -> Parsed {
    let known: Vec<&'static Function> = library::named(name).collect();
    let is_so = |function: &&Function| function.is_method == is_method;
    if known.is_empty() {
        let all = library::names().into_iter().map(str::to_owned);
        return Err(Fault::unknown(&place, "function", name, all.collect()));
    }
    if !known.iter().any(is_so) {
        let form = if is_method { format!("`{name}(a)`") } else { format!("`a.{name}(…)`") };
        return Err(Fault::new(&place, format!("`{name}` is written as {form}")));
    }
    let given = arguments.len();
    let functions: Vec<&'static Function> =
        known.into_iter().filter(|function| is_so(function) && function.arguments.contains(&given)).collect();
    if functions.is_empty() {
        let given = given - usize::from(is_method);
        return Err(Fault::new(&place, format!("`{name}` does not take {given} arguments")));
    }
    check_constants(name, &arguments)?;
    let start = arguments.first().filter(|_| is_method).map_or(place.start, |of| of.start);
    let depths: Vec<usize> = arguments.iter().map(|argument| argument.depth).collect();
    parser.node(Kind::Call { functions, arguments }, place, start, &depths)
}

/// Constants that no run could use are refused at once.
fn check_constants(name: &str, arguments: &[Expression]) -> Result<(), Fault> {
    let constant = |at: usize| match arguments.get(at).map(|argument| (&argument.kind, &argument.at)) {
        Some((Kind::Constant(Value::Text(text)), place)) => Some((text, place)),
        _ => None,
    };
    match (name, constant(0), constant(1)) {
        ("matches" | "find" | "findAll", _, Some((text, place))) => {
            pattern::compile(text).map(|_| ()).map_err(|message| Fault::new(place, message))
        }
        ("duration", Some((text, place)), _) if duration::parse(text).is_none() => {
            Err(Fault::new(place, "this is no duration; write `1h30m`"))
        }
        _ => Ok(()),
    }
}

fn has(parser: &mut Parser<'_>, place: Range<usize>) -> Parsed {
    let inside = parser.ahead(1).clone();
    let mut arguments = rest(parser)?;
    let wrong =
        || Fault::new(&place, "`has` asks for a field: `has(object.spec)`; of a key write `'key' in map`");
    let (Some(argument), true) = (arguments.pop(), arguments.is_empty()) else { return Err(wrong()) };
    let (start, depth) = (place.start, argument.depth);
    match argument.kind {
        Kind::Field { of, name, is_optional: false } if inside != Token::End => {
            parser.node(Kind::Has { of, name }, place, start, &[depth])
        }
        _ => Err(wrong()),
    }
}

fn variable(parser: &mut Parser<'_>) -> Result<String, Fault> {
    let (name, _) = parser.name("the name of a variable")?;
    parser.expect(",")?;
    Ok(name)
}

fn looped(
    parser: &mut Parser<'_>,
    range: Expression,
    place: Range<usize>,
    (variables, has_filter, gather): (usize, bool, Gather),
) -> Parsed {
    parser.expect("(")?;
    let outer = parser.scope.locals.len();
    let mut names = Vec::new();
    for _ in 0..variables {
        names.push(variable(parser)?);
    }
    parser.scope.locals.extend(names);
    let filter = if has_filter {
        let filter = parser.expression()?;
        parser.expect(",")?;
        Some(filter)
    } else {
        None
    };
    let body = parser.expression()?;
    parser.scope.locals.truncate(outer);
    parser.takes(",");
    parser.expect(")")?;
    let depths = [range.depth, body.depth, filter.as_ref().map_or(0, |filter| filter.depth)];
    let start = range.start;
    let looped = Loop { gather, range, has_two: variables == 2, filter, body };
    parser.node(Kind::Loop(Box::new(looped)), place, start, &depths)
}

fn optional(parser: &mut Parser<'_>, of: Expression, place: Range<usize>, is_flat: bool) -> Parsed {
    parser.expect("(")?;
    let name = variable(parser)?;
    parser.scope.locals.push(name);
    let body = parser.expression()?;
    parser.scope.locals.pop();
    parser.expect(")")?;
    let (start, depths) = (of.start, [of.depth, body.depth]);
    parser.node(Kind::OptionalMap { of: Box::new(of), body: Box::new(body), is_flat }, place, start, &depths)
}
