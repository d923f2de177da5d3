//! Follows pointers through all functions to a fixed point: what each function does with each parameter, and who keeps
//! what a function made.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::ir::{Function, Loaded, Memory, Name, Object, Operand, Origin, Side};
use crate::library::{Known, Library};
use crate::place::Place;

/// How far a chain of calls is followed.
const LONGEST_TRAIL: usize = 12;
/// A method of other packages that is defined more often than this may be anybody's.
const MOST_METHODS: usize = 4;
/// More facts than this of one pointer say nothing new.
const MOST_FACTS: usize = 24;
/// More objects than this in one function come from calls that go in circles.
const MOST_OBJECTS: usize = 256;

/// Where a pointer ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// In memory that outlives the function: a global variable, the heap, an object of a library.
    Kept,
    /// In memory that the parameter of this index leads to.
    Into(u16),
    /// With the caller.
    Returned,
    /// Freed.
    Freed,
}

/// A step of the proof.
#[derive(Clone, Debug)]
pub enum Step {
    /// A line of a source.
    At(Place, Side),
    /// An entry of the table of known libraries.
    Known(Arc<Known>),
}

/// What happens to a pointer, or to what is read through it.
#[derive(Clone, Debug)]
pub struct Fact {
    pub contents: Loaded,
    pub target: Target,
    pub side: Side,
    /// From the first call to the line that keeps it.
    pub trail: Vec<Step>,
}

impl Fact {
    fn key(&self) -> (Loaded, Target, Side) {
        (self.contents.clone(), self.target, self.side)
    }
}

/// The facts of a function's parameters and objects.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    of: HashMap<Origin, Vec<Fact>>,
    seen: HashSet<(Origin, Loaded, Target, Side)>,
}

impl Facts {
    /// What is known of a parameter or an object.
    pub fn of(&self, origin: Origin) -> &[Fact] {
        self.of.get(&origin).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, origin: Origin, fact: Fact) -> bool {
        let (contents, target, side) = fact.key();
        if fact.trail.len() > LONGEST_TRAIL || self.of(origin).len() >= MOST_FACTS {
            return false;
        }
        if !self.seen.insert((origin, contents, target, side)) {
            return false;
        }
        self.of.entry(origin).or_default().push(fact);
        true
    }
}

/// An object that a function of the host gives to its callers.
#[derive(Clone, Debug)]
struct Gift {
    object: Object,
    /// `None` where it is returned; else the parameter through which it is stored, and in which field.
    into: Option<(u16, Option<Name>)>,
}

/// All functions, and what became of their pointers.
#[derive(Debug)]
pub struct Flow {
    pub functions: Vec<Function>,
    pub facts: Vec<Facts>,
    library: Arc<Library>,
    by_name: HashMap<(Side, Name), Vec<usize>>,
    /// The objects that a call brings into its function, so that each comes once.
    gifts: Vec<BTreeMap<(u16, u32), u16>>,
    given: Vec<Vec<Gift>>,
}

impl Flow {
    /// Follows the pointers of `functions`. What `library` knows of a C function comes before its source.
    pub fn solve(functions: Vec<Function>, library: Arc<Library>) -> Self {
        let mut by_name: HashMap<(Side, Name), Vec<usize>> = HashMap::new();
        for (index, function) in functions.iter().enumerate() {
            by_name.entry((function.side, function.name.clone())).or_default().push(index);
        }
        let count = functions.len();
        let mut flow = Flow {
            functions,
            facts: vec![Facts::default(); count],
            library,
            by_name,
            gifts: vec![BTreeMap::new(); count],
            given: vec![Vec::new(); count],
        };
        flow.run();
        flow
    }

    fn run(&mut self) {
        let mut callers: HashMap<usize, Vec<usize>> = HashMap::new();
        for index in 0..self.functions.len() {
            for call in &self.functions[index].calls {
                for &callee in
                    self.definitions(call.side, &call.callee, &self.functions[index]).iter()
                {
                    callers.entry(callee).or_default().push(index);
                }
            }
        }
        let mut queue: std::collections::VecDeque<usize> = (0..self.functions.len()).collect();
        let mut queued = vec![true; self.functions.len()];
        while let Some(index) = queue.pop_front() {
            queued[index] = false;
            if !self.evaluate(index) {
                continue;
            }
            for &caller in callers.get(&index).map_or(&[][..], Vec::as_slice) {
                if !std::mem::replace(&mut queued[caller], true) {
                    queue.push_back(caller);
                }
            }
        }
    }

    /// The definitions that a call may mean: those of its own file or package first.
    fn definitions(&self, side: Side, name: &Name, from: &Function) -> Vec<usize> {
        let all = self.by_name.get(&(side, name.clone())).map_or(&[][..], Vec::as_slice);
        let near: Vec<usize> = all
            .iter()
            .copied()
            .filter(|&index| match side {
                Side::C => self.functions[index].place.file == from.place.file,
                Side::Host => self.functions[index].package == from.package,
            })
            .collect();
        let is_method = name.starts_with('.');
        if !near.is_empty() {
            near
        } else if is_method && all.len() > MOST_METHODS {
            Vec::new()
        } else {
            all.to_vec()
        }
    }

    /// Whether there is a C function of this name, in a source or in the table of libraries.
    pub fn knows(&self, name: &str) -> bool {
        self.library.function(name).is_some()
            || self.by_name.contains_key(&(Side::C, Arc::from(name)))
    }

    /// What a C function does with an argument, as the table of libraries or its source says.
    pub fn c_facts(&self, name: &str, arg: usize) -> Vec<Fact> {
        if let Some(known) = self.library.function(name) {
            return known_facts(&known, arg);
        }
        let found = self.by_name.get(&(Side::C, Arc::from(name))).map_or(&[][..], Vec::as_slice);
        let param = Origin::Param(u16::try_from(arg).unwrap_or(u16::MAX));
        found.iter().flat_map(|&index| self.facts[index].of(param).iter().cloned()).collect()
    }

    fn facts_of_argument(&self, index: usize, call: usize, arg: usize) -> Vec<Fact> {
        let call = &self.functions[index].calls[call];
        if call.side == Side::C {
            if let Some(known) = self.library.function(&call.callee) {
                return known_facts(&known, arg);
            }
        }
        let param = Origin::Param(u16::try_from(arg).unwrap_or(u16::MAX));
        let definitions = self.definitions(call.side, &call.callee, &self.functions[index]);
        definitions
            .iter()
            .flat_map(|&callee| self.facts[callee].of(param).iter().cloned())
            .collect()
    }

    /// What an operand may be, once calls that return their arguments are seen through.
    fn resolve(&self, index: usize, operand: &Operand, depth: usize) -> Vec<Operand> {
        let Origin::Result(call) = operand.origin else { return vec![operand.clone()] };
        if depth > 4 {
            return Vec::new();
        }
        let call = usize::from(call);
        let mut found = Vec::new();
        for arg in 0..self.functions[index].calls[call].args.len() {
            let returned = self
                .facts_of_argument(index, call, arg)
                .iter()
                .any(|fact| fact.target == Target::Returned && fact.contents == Loaded::No);
            if !returned {
                continue;
            }
            for value in &self.functions[index].calls[call].args[arg] {
                for mut value in self.resolve(index, value, depth + 1) {
                    if value.loaded == Loaded::No {
                        value.loaded = operand.loaded.clone();
                    }
                    found.push(value);
                }
            }
        }
        for (&(from, gift), &object) in &self.gifts[index] {
            if usize::from(from) == call && gift & RETURNED != 0 {
                found.push(Operand {
                    origin: Origin::Object(object),
                    loaded: operand.loaded.clone(),
                });
            }
        }
        if self.returns_global(index, call) {
            found.push(Operand { origin: Origin::Global, loaded: operand.loaded.clone() });
        }
        // Nobody knows where else it comes from: it is memory like the function's own.
        found.push(operand.clone());
        found
    }

    fn returns_global(&self, index: usize, call: usize) -> bool {
        let call = &self.functions[index].calls[call];
        let from = &self.functions[index];
        call.side == Side::C
            && self.definitions(Side::C, &call.callee, from).into_iter().any(|callee| {
                self.functions[callee]
                    .returns
                    .iter()
                    .any(|(value, _)| value.origin == Origin::Global)
            })
    }

    /// Where something ends up that is stored in memory that `into` leads to.
    fn targets(
        &self,
        index: usize,
        into: Origin,
        field: Option<&Name>,
    ) -> Vec<(Target, Option<Side>, Vec<Step>)> {
        match into {
            Origin::Global => vec![(Target::Kept, None, Vec::new())],
            Origin::Param(param) => vec![(Target::Into(param), None, Vec::new())],
            Origin::Object(_) => self.escapes(index, into, field),
            Origin::Result(_) => {
                let mut found = self.escapes(index, into, field);
                for operand in self.resolve(index, &Operand::new(into), 0) {
                    if !matches!(operand.origin, Origin::Result(_)) {
                        found.extend(self.targets(index, operand.origin, field));
                    }
                }
                found
            }
        }
    }

    /// Where memory of the function ends up, and so what is stored in it.
    fn escapes(
        &self,
        index: usize,
        origin: Origin,
        field: Option<&Name>,
    ) -> Vec<(Target, Option<Side>, Vec<Step>)> {
        self.facts[index]
            .of(origin)
            .iter()
            .filter(|fact| match (&fact.contents, field) {
                (Loaded::Field(name), Some(field)) => name == field,
                _ => true,
            })
            .filter(|fact| fact.target != Target::Freed)
            .map(|fact| {
                let in_c = self.functions[index].side == Side::C;
                let target = match fact.target {
                    Target::Returned if in_c => Target::Kept,
                    other => other,
                };
                (target, Some(fact.side), fact.trail.clone())
            })
            .collect()
    }

    /// Adds what the function's own lines and the functions that it calls say now. Whether anything is new.
    fn evaluate(&mut self, index: usize) -> bool {
        let mut anything = false;
        loop {
            let mut found: Vec<(Origin, Fact)> = Vec::new();
            self.follow_stores(index, &mut found);
            self.follow_calls(index, &mut found);
            for (operand, place) in &self.functions[index].returns {
                for value in self.resolve(index, operand, 0) {
                    let side = self.functions[index].side;
                    let trail = vec![Step::At(*place, side)];
                    found.push((
                        value.origin,
                        Fact { contents: value.loaded, target: Target::Returned, side, trail },
                    ));
                }
            }
            let mut changed = false;
            for (origin, fact) in found {
                if origin != Origin::Global {
                    changed |= self.facts[index].add(origin, fact);
                }
            }
            changed |= self.take_gifts(index);
            anything |= changed;
            if !changed {
                break;
            }
        }
        anything | self.give(index)
    }

    fn follow_stores(&self, index: usize, found: &mut Vec<(Origin, Fact)>) {
        for store in &self.functions[index].stores {
            let targets = self.targets(index, store.into, store.field.as_ref());
            if targets.is_empty() {
                continue;
            }
            for value in self.resolve(index, &store.value, 0) {
                if value.origin == store.into {
                    continue;
                }
                for (target, side, rest) in &targets {
                    let side = if *side == Some(Side::C) { Side::C } else { store.side };
                    let mut trail = vec![Step::At(store.place, store.side)];
                    trail.extend(rest.iter().cloned());
                    let fact =
                        Fact { contents: value.loaded.clone(), target: *target, side, trail };
                    found.push((value.origin, fact));
                }
            }
        }
    }

    fn follow_calls(&self, index: usize, found: &mut Vec<(Origin, Fact)>) {
        for (number, call) in self.functions[index].calls.iter().enumerate() {
            for (arg, values) in call.args.iter().enumerate() {
                if values.is_empty() {
                    continue;
                }
                for fact in self.facts_of_argument(index, number, arg) {
                    let ends = match fact.target {
                        Target::Returned => continue,
                        Target::Kept => vec![(Target::Kept, None, Vec::new())],
                        Target::Freed => vec![(Target::Freed, None, Vec::new())],
                        Target::Into(owner) => {
                            self.owner_targets(index, call.args.get(usize::from(owner)))
                        }
                    };
                    self.apply(index, call.place, values, &fact, &ends, found);
                }
            }
        }
    }

    fn owner_targets(
        &self,
        index: usize,
        owners: Option<&Vec<Operand>>,
    ) -> Vec<(Target, Option<Side>, Vec<Step>)> {
        let owners = owners.map_or(&[][..], Vec::as_slice);
        owners.iter().flat_map(|owner| self.targets(index, owner.origin, None)).collect()
    }

    fn apply(
        &self,
        index: usize,
        place: Place,
        values: &[Operand],
        fact: &Fact,
        ends: &[(Target, Option<Side>, Vec<Step>)],
        found: &mut Vec<(Origin, Fact)>,
    ) {
        for value in values.iter().flat_map(|value| self.resolve(index, value, 0)) {
            let contents = match (&value.loaded, &fact.contents) {
                (Loaded::No, contents) => contents.clone(),
                // C makes a pointer of the number.
                (Loaded::Number, contents) if fact.side == Side::C => contents.clone(),
                (loaded, Loaded::No) => loaded.clone(),
                _ => continue,
            };
            for (target, side, rest) in ends {
                let side = if *side == Some(Side::C) { Side::C } else { fact.side };
                let mut trail = vec![Step::At(place, self.functions[index].side)];
                trail.extend(fact.trail.iter().cloned());
                trail.extend(rest.iter().cloned());
                found.push((
                    value.origin,
                    Fact { contents: contents.clone(), target: *target, side, trail },
                ));
            }
        }
    }

    /// Brings in the objects that called functions of the host give.
    fn take_gifts(&mut self, index: usize) -> bool {
        let mut new = Vec::new();
        for (number, call) in self.functions[index].calls.iter().enumerate() {
            if call.side != Side::Host {
                continue;
            }
            for callee in self.definitions(Side::Host, &call.callee, &self.functions[index]) {
                for (which, gift) in self.given[callee].iter().enumerate() {
                    let code = (u32::try_from(callee).unwrap_or(0) << 8)
                        | u32::try_from(which & 0x7f).unwrap_or(0);
                    let code = if gift.into.is_none() { code | RETURNED } else { code };
                    let key = (u16::try_from(number).unwrap_or(u16::MAX), code);
                    if !self.gifts[index].contains_key(&key) {
                        new.push((key, number, gift.clone()));
                    }
                }
            }
        }
        let mut changed = false;
        for (key, number, gift) in new {
            if self.functions[index].objects.len() >= MOST_OBJECTS {
                break;
            }
            let function = &mut self.functions[index];
            let object = u16::try_from(function.objects.len()).unwrap_or(u16::MAX);
            function.objects.push(gift.object);
            self.gifts[index].insert(key, object);
            changed = true;
            let Some((param, field)) = gift.into else { continue };
            let call = function.calls[number].clone();
            for owner in call.args.get(usize::from(param)).into_iter().flatten() {
                function.stores.push(crate::ir::Store {
                    value: Operand::new(Origin::Object(object)),
                    into: owner.origin,
                    field: field.clone(),
                    side: Side::Host,
                    place: call.place,
                });
            }
        }
        changed
    }

    /// What this function gives to its callers: memory of its own that it returns, or stores where a parameter points.
    fn give(&mut self, index: usize) -> bool {
        let function = &self.functions[index];
        if function.side == Side::C {
            return false;
        }
        let mut gifts: Vec<Gift> = Vec::new();
        let kept = |origin: Origin, by: Option<u16>| {
            self.facts[index].of(origin).iter().filter(|fact| fact.side == Side::Host).any(|fact| {
                match fact.target {
                    Target::Kept => true,
                    Target::Into(param) => Some(param) != by,
                    Target::Returned | Target::Freed => false,
                }
            })
        };
        let mut offer = |origin: Origin, into: Option<(u16, Option<Name>)>| {
            let Origin::Object(number) = origin else { return };
            let object = &function.objects[usize::from(number)];
            let raw = match &into {
                None => function.raw_result,
                Some((param, _)) => {
                    function.raw_params.get(usize::from(*param)).copied().unwrap_or(false)
                }
            };
            let given_raw =
                matches!(object.memory, Memory::Variable | Memory::Handle | Memory::Table);
            if raw && given_raw && !kept(origin, into.as_ref().map(|(param, _)| *param)) {
                gifts.push(Gift { object: object.clone(), into });
            }
        };
        for (operand, _) in &function.returns {
            for value in self.resolve(index, operand, 0) {
                if value.loaded == Loaded::No {
                    offer(value.origin, None);
                }
            }
        }
        for store in &function.stores {
            let Origin::Param(param) = store.into else { continue };
            for value in self.resolve(index, &store.value, 0) {
                if value.loaded == Loaded::No {
                    offer(value.origin, Some((param, store.field.clone())));
                }
            }
        }
        gifts.truncate(16);
        let changed = gifts.len() > self.given[index].len();
        if changed {
            self.given[index] = gifts;
        }
        changed
    }
}

/// The bit that tells an object that is returned from one that is stored.
const RETURNED: u32 = 0x80;

fn known_facts(known: &Arc<Known>, arg: usize) -> Vec<Fact> {
    let mut facts = Vec::new();
    for keep in known.keeps.iter().filter(|keep| keep.arg == arg) {
        let target = keep
            .owner
            .map_or(Target::Kept, |owner| Target::Into(u16::try_from(owner).unwrap_or(u16::MAX)));
        let contents = if keep.contents { Loaded::Whole } else { Loaded::No };
        facts.push(Fact {
            contents,
            target,
            side: Side::C,
            trail: vec![Step::Known(known.clone())],
        });
    }
    facts
}
