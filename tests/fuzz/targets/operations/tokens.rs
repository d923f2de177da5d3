//! Tokens of two containers, against two maps.

use std::collections::HashMap;

use arbitrary::Arbitrary;
use outlive::{Token, Tokens};

/// Live, stale, foreign and invented tokens go where they do and do not belong.
#[derive(Arbitrary, Debug)]
pub enum TokenStep {
    Insert { second: bool, value: u32 },
    Get { second: bool, token: Which },
    Change { second: bool, token: Which, value: u32 },
    Take { second: bool, token: Which },
}

/// A token that was given out, however long ago, or any word.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Which {
    Given(u8),
    Word(usize),
    Near(u8, u8),
}

pub fn run(steps: &[TokenStep]) {
    let mut tokens = [Tokens::new("first"), Tokens::new("second")];
    let mut models = [HashMap::new(), HashMap::new()];
    let mut given: Vec<Token> = Vec::new();
    for step in steps {
        match *step {
            TokenStep::Insert { second, value } => {
                let token = tokens[usize::from(second)].insert(value);
                assert!(!given.contains(&token) && !token.is_null());
                given.push(token);
                models[usize::from(second)].insert(token, value);
            }
            TokenStep::Get { second, token } => {
                let token = find(&given, token);
                let (tokens, model) = (&tokens[usize::from(second)], &models[usize::from(second)]);
                assert_eq!(tokens.contains(token), model.contains_key(&token));
                assert_eq!(tokens.get(token), model.get(&token));
            }
            TokenStep::Change { second, token, value } => {
                let token = find(&given, token);
                let is = tokens[usize::from(second)].get_mut(token);
                let should = models[usize::from(second)].get_mut(&token);
                assert_eq!(is, should);
                if let (Some(is), Some(should)) = (is, should) {
                    (*is, *should) = (value, value);
                }
            }
            TokenStep::Take { second, token } => {
                let token = find(&given, token);
                let taken = tokens[usize::from(second)].take(token);
                assert_eq!(taken, models[usize::from(second)].remove(&token));
            }
        }
        for (tokens, model) in tokens.iter().zip(&models) {
            assert_eq!(tokens.len(), model.len());
            assert!(tokens.iter().all(|(token, value)| model.get(&token) == Some(value)));
        }
    }
}

fn find(given: &[Token], which: Which) -> Token {
    let word = |number: u8| {
        let place = usize::from(number).checked_rem(given.len());
        place.map_or(0, |place| given[place].as_ptr().addr())
    };
    let word = match which {
        Which::Given(number) => word(number),
        Which::Word(word) => word,
        Which::Near(number, bit) => word(number) ^ 1 << (bit % 64),
    };
    Token::from_ptr(core::ptr::without_provenance::<u8>(word).cast())
}
