#!/usr/bin/env bash
# Weakens each ordering, each fence and many a step of the engine, one at a time, in a copy, and
# expects a model or a scenario to fail: what they do not notice, they do not check.
#
# `ci/mutants.sh WORD` runs those whose name has the word: "steps", "scenario" and "ordering" are in the
# names of the three kinds.
set -euo pipefail
cd "$(dirname "$0")/.."
only="${1:-}"
targets="${CARGO_TARGET_DIR:-$PWD/target}" engine=crates/outlive/src/raw
export CARGO_INCREMENTAL=1 RUST_BACKTRACE=0 LOOM_MAX_PREEMPTIONS=3 OUTLIVE_RUNS=2000
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
cd "$copy"

# Builds for a checker, loom or shuttle; prints the program's path. The dependencies are those of
# ci/models.sh and ci/shuttle.sh; the crate itself is built fast.
build() {
    RUSTFLAGS="--cfg outlive_$1" CARGO_TARGET_DIR="$targets/outlive_$1" \
        cargo test -p outlive --release --lib --no-run \
        --config 'profile.release.package.outlive.opt-level=0' \
        --config 'profile.release.package.outlive.debug=0' \
        --config 'profile.release.package.outlive.codegen-units=64' 2>&1 |
        tee "$copy/build.log" | sed -n 's/^ *Executable.*(\(.*\))$/\1/p'
}

# Whether all that `filter` names passes; gives up at the first failure.
passes() {
    local program=$1 filter=$2
    timeout 400 "$program" "$filter" 2>&1 | awk '/\.\.\. FAILED$/ { exit 1 }' >"$copy/run.log"
}

caught=0 equivalent=0 number=0 missed=()

# Runs `filter` on the file as it was changed, and puts the file back.
judge() {
    local name=$1 checker=$2 filter=$3 file=$4 begun=$SECONDS program
    if cmp -s "$file" "$copy/original"; then
        missed+=("$name: changes nothing")
    else
        program=$(build "$checker") || true
        if [ -z "$program" ]; then
            missed+=("$name: does not compile")
        elif passes "$program" "$filter"; then
            missed+=("$name: not noticed")
        else
            caught=$((caught + 1))
            echo "$number: caught in $((SECONDS - begun)) s: $name"
        fi
    fi
    cp "$copy/original" "$file"
    touch "$file"
}

# A mutant is: its name, the models that are run (a filter), its file, and a perl substitution that
# must change the file.
change() {
    local kind=$1 checker=$2 name="$1: $3" filter=$4 file=$engine/$5 change=$6
    [[ $name == *"$only"* ]] || return 0
    number=$((number + 1))
    cp "$file" "$copy/original"
    perl -0pi -e "$change" "$file"
    judge "$name" "$checker" "$filter" "$file"
}
mutant() { change steps loom "$@"; }
scenario() { change scenario shuttle "$@"; }

# The orderings and fences of a file, each as: function, what it is, its number among its likes in that
# function, where it begins and how long it is.
orderings() {
    perl -0ne '
        s/\n#\[cfg\(all\(test.*//s;
        while (m{//[^\n]*|\bfn (\w+)|((?:compiler_)?fence\(Ordering::SeqCst\);)|Ordering::(Acquire|Release|AcqRel|SeqCst)\b}g) {
            if (defined $1) { $in = $1; next }
            my $what = defined $2 ? "fence" : $3 // next;
            printf "%s %s %d %d %d\n", $in, $what, ++$seen{"$in $what"}, $-[0], $+[0] - $-[0];
        }' "$1"
}

# Makes each relaxed, or takes the fence out, and runs all models; but for those that are known to have
# no effect.
weaken() {
    local file=$engine/$1 in what nth at length name
    while read -r in what nth at length; do
        name="ordering: $1 $in $what $nth"
        [[ $name == *"$only"* ]] || continue
        if [[ $without_effect == *"|$1 $in $what $nth|"* ]]; then
            equivalent=$((equivalent + 1))
            continue
        fi
        number=$((number + 1))
        cp "$file" "$copy/original"
        if [ "$what" = fence ]; then new=""; else new=Ordering::Relaxed; fi
        perl -0pi -e "substr(\$_, $at, $length) = '$new'" "$file"
        judge "$name" loom models "$file"
    done < <(orderings "$file")
}

# What has no effect that a model could see, and why.
without_effect=""
harmless() { for site in "${@:2}"; do without_effect+="|$site|"; done; }

harmless "The fence after it publishes, and a read-modify-write continues the release sequence of the leaves." \
    "gate.rs counted SeqCst 1"
harmless "Each use compares the word again before it acts or reads." "gate.rs occupant Acquire 1"
harmless "Where it fails nothing is done, or the state is read again." "gate.rs advance SeqCst 2"
harmless "The next owner comes by the free list, and a call that reads 0 reads nothing else." \
    "gate.rs clear Release 1"
harmless "The load of the same word has acquired already, and no other value passes the comparison." \
    "record.rs claim Acquire 1" "record.rs reclaim Acquire 2" "slot.rs pop AcqRel 1"
harmless "The exchange that follows acquires." "record.rs claim Acquire 3"
harmless "What comes next asks the kernel, which orders it after all that a dead thread did." \
    "record.rs reclaim Acquire 1"
harmless "A child has one thread; the kernel orders what it did before any thread that it makes." \
    "record.rs reset_after_fork Release 1" "close.rs is_haunted Acquire 1" "close.rs adopt_after_fork Release 1"
harmless "Not modelled: the models have one chunk. A pointer that is published by an exchange and read by a load." \
    "slot.rs at Acquire 1" "slot.rs allocate Acquire 1" "slot.rs allocate AcqRel 1" "slot.rs allocate Acquire 2"
harmless "A sweep that has something to do has acquired PENDING, and with it the number of slots." \
    "slot.rs iter Acquire 1" "slot.rs take_fresh AcqRel 1"
harmless "A push stores the head and reads nothing through it." \
    "slot.rs push Acquire 1" "slot.rs push Acquire 2"
harmless "The instance holds one word; what the word names is published by its gate (OPEN)." \
    "instance.rs reserve Acquire 1" "instance.rs give_back Release 1"
harmless "It is chosen once, before the first table; handing the table to others orders it." \
    "barrier.rs choose SeqCst 1" "barrier.rs choose SeqCst 2"
harmless "One of the two fences is enough, and membarrier is a full barrier itself." \
    "barrier.rs heavy fence 1" "barrier.rs heavy fence 2"
harmless "A location is a static: nothing is published with it." "close.rs note_end AcqRel 1"
harmless "A release that is seen too late is done by the next sweep: PENDING was raised after it." \
    "close.rs after_last_call SeqCst 1" "close.rs finalise SeqCst 1" \
    "close.rs sweep_one SeqCst 1" "close.rs sweep_one SeqCst 2"
harmless "It puts a number back that nobody has changed meanwhile, and publishes nothing." \
    "close.rs sweep SeqCst 2" "close.rs sweep SeqCst 3"
harmless "The state that was read before, Kept, was written after the flag, with Release." \
    "close.rs await_other SeqCst 1"
harmless "The hand-over that follows acquires." "custody.rs is_notified Acquire 1"
# Relaxed already: counts and numbers, which order nothing; the positions of the ring, whose entries are
# ordered by their turns; what OPEN publishes. Loom takes SeqCst accesses for AcqRel: what needs a total
# order is ordered by the barrier, and the release flag, which alone rests on one, by the sweeps.

for checker in loom shuttle; do
    program=$(build $checker) || true
    [ -n "$program" ] || { tail -20 "$copy/build.log" >&2; exit 1; }
    case $checker in loom) all=models ;; shuttle) all=scenarios ;; esac
    passes "$program" $all || { echo "the $all fail without any mutant" >&2; exit 1; }
done

# PUBLISH
mutant "closer: no barrier before the scan" a_close_waits close.rs \
    's/Ok\(\(\)\) if barrier::heavy\(\)\.is_err\(\) \|\| is_haunted/Ok(()) if is_haunted/'
mutant "closer: does not wait" a_close_waits close.rs \
    's/let quiet = wait_quiet\(/let quiet = true || wait_quiet(/'
mutant "closer: does not look at the counter" a_close_waits_for_a_counted_call close.rs \
    's/inside\.is_empty\(\) && !is_haunted\(slot\) && slot\.gate\.counted\(\) == 0/inside.is_empty() \&\& !is_haunted(slot)/'

mutant "close of many: no barrier" a_close_of_many close.rs 's/let lost = barrier::heavy\(\)\.is_err\(\)/let lost = false/'
mutant "close of many: no look" a_close_of_many close.rs 's/inside\.binary_search\(&handle\.bits\(\)\)\.is_err\(\)/true/'

# LAST-OUT
mutant "deferring closer: no barrier" a_deferred_value_ends_with close.rs \
    's/if barrier::heavy\(\)\.is_err\(\) (\{\s*return keep_for_good)/if false $1/'
mutant "deferring closer: no second scan" a_deferred_value_ends_with close.rs \
    's/try_deferred\(handle, slot\)\.unwrap_or\(Closed::Later\)/Closed::Later/'
mutant "leaver: leaves the end to others" one_of_two_that_leave_together close.rs \
    's/(Some\(\(handle, State::Deferred\)\) => \{\s*)try_deferred\(handle, slot\);/$1/'
mutant "thread's end: does not wait" a_thread_that_ends close.rs \
    's/(== Some\(State::Deferred\)\s*&& )wait_quiet\(/${1}false \&\& wait_quiet(/'
mutant "leaver: ends without a scan" ends_once_with_two_calls close.rs \
    's/if is_quiet\(handle, slot\) && may_end_here/if may_end_here/'

# ONE-ENDER
mutant "end: without a step" end close.rs \
    's/if !slot\.gate\.advance\(handle, from, State::Finalising\) \{/if !slot.gate.advance(handle, from, State::Finalising) \&\& false {/'
mutant "close from inside: waits" a_cycle_of_closers close.rs \
    's/if thread::is_inside_any\(\) \{ Wait::Never \}/if false { Wait::Never }/'
mutant "take: deferred, not parked" taken_out close.rs \
    's/State::Closing, State::Parked/State::Closing, State::Deferred/'
mutant "take: a parked value stays so" taken_out close.rs \
    's/State::Live \| State::Deferred \| State::Parked/State::Live | State::Deferred/'
mutant "leak: stores" leaked close.rs 's/slot\.leaked\.swap\(true, Ordering::AcqRel\)/slot.leaked.store(true, Ordering::SeqCst)/'
mutant "end: loads the leak" leaked close.rs \
    's/slot\.leaked\.fetch_or\(false, Ordering::AcqRel\)/slot.leaked.load(Ordering::SeqCst)/'
mutant "thread-bound: ended anywhere" thread_bound close.rs \
    's/handle\.kind\(\) != Kind::Local \|\|/true ||/'

# GUARDED, UNIQUE
mutant "release: no barrier" a_late_call_never_reads close.rs \
    's/if barrier::heavy\(\)\.is_err\(\) \|\| is_haunted\(slot\) (\{\s*return; )/if is_haunted(slot) $1/'
mutant "release: does not wait" a_late_call_never_reads close.rs \
    's/if !wait_quiet\(handle, slot, wait, \|\| \{\}\)/if false/'
mutant "late call: reads in any state" a_late_call_never_reads enter.rs \
    's/let readable = .*?;/let readable = true;/s'
mutant "end: asks for a release" a_release_is_of close.rs \
    's/(if slot\.release\.load\(Ordering::SeqCst\) \{\s*)release_ended\(/$1release(/'
mutant "sweep: forgets what is under way" a_release_is_not_forgotten close.rs \
    's/State::Closing \| State::Finalising => !slot\.release\.load\(Ordering::SeqCst\)/State::Closing | State::Finalising => true/'
mutant "release: forgets what is under way" a_release_is_not_forgotten close.rs \
    's/(finish_release\(handle, slot, wait\);\s*\} else \{\s*)leave_pending\(\);/$1/'
mutant "slots: no new generation" slots slot.rs \
    's/generation\.load\(Ordering::Relaxed\) \+ 1/generation.load(Ordering::Relaxed).max(1)/'
mutant "slots: freed before the word is cleared" a_freed_slot slot.rs \
    's/slot\.gate\.clear\(\);(\s*if .*?\n        \}\n)/$1        slot.gate.clear();\n/s'
mutant "slots: taken relaxed" a_freed_slot slot.rs \
    's/(fn pop.*?)Ordering::Acquire(.*?compare_exchange\(head, new, Ordering::)AcqRel, Ordering::Acquire/$1Ordering::Relaxed$2Relaxed, Ordering::Relaxed/s'
mutant "slots: the list has no age" a_freed_slot slot.rs 's/\(head >> 32\)\.wrapping_add\(1\)/(head >> 32)/g'

# NOTICE
mutant "notice: releases what its handle has" notices destroy.rs \
    's/if notice == Notice::Last && is_static/if is_static/'
mutant "notice: releases nothing" notices destroy.rs \
    's/if notice == Notice::Last && is_static/if false \&\& is_static \&\& notice == Notice::Last/'
mutant "hand-over: releases nothing" notices destroy.rs \
    's/if !slot\.custody\.hand_over\(\) && is_static/if !slot.custody.hand_over() \&\& is_static \&\& false/'
mutant "notice: ends nothing" notices destroy.rs \
    's/unsafe \{ close::close\(handle, slot, Wait::Never, Purpose::End\) \};//'
mutant "custody: hands over without a look" notices custody.rs \
    's/self\.0\.compare_exchange\(HANDLE, C, Ordering::AcqRel, Ordering::Acquire\)\.is_ok\(\)/{ self.0.store(C, Ordering::SeqCst); true }/'
mutant "sweep: hides what it leaves" notices close.rs \
    's/let seen = PENDING\.load\(Ordering::SeqCst\);/let seen = PENDING.swap(0, Ordering::SeqCst);/'
mutant "stash: put without a look" stashed stash.rs \
    's/self\.0\.compare_exchange\(\s*ptr::null_mut\(\),\s*new,\s*Ordering::Release,\s*Ordering::Relaxed,?\s*\)/{ self.0.store(new, Ordering::Release); Ok::<*mut Payload, *mut Payload>(new) }/s'
mutant "stash: taken without a swap" stashed stash.rs \
    's/let seen = self\.0\.swap\(next, Ordering::Acquire\);/let seen = self.0.load(Ordering::Acquire); self.0.store(next, Ordering::Release);/'

# EXCLUSIVE
mutant "exclusive: no lock" exclusive slot.rs 's/!self\.busy\.swap\(true, Ordering::Acquire\)/true/'

# ONE-OWNER, STAYS
mutant "records: claims are not counted" records record.rs 's/wrapping_add\(1\)/wrapping_add(0)/'
mutant "records: claimed without a look" records record.rs \
    's/self\.owner\.compare_exchange\(seen, next, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.owner.swap(next, Ordering::AcqRel); true }/'
mutant "records: freed without a look" records record.rs \
    's/self\.owner\.compare_exchange\(seen, marked, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.owner.swap(marked, Ordering::AcqRel); true }/'
mutant "records: freed with a call inside" records record.rs \
    's/is_alive\(thread\) \|\| self\.is_inside\(\)/self.is_inside() || is_alive(thread)/'
mutant "records: claimed while it is freed" records record.rs 's/&& seen as u32 != RECLAIMING//'

# The barrier is lost
mutant "close: goes on without its barrier" a_close_without close.rs \
    's/Ok\(\(\)\) if barrier::heavy\(\)\.is_err\(\) \|\|/Ok(()) if { let _ = barrier::heavy(); false } ||/'
mutant "close of many: goes on without its barrier" a_close_of_many_without close.rs \
    's/let lost = barrier::heavy\(\)\.is_err\(\)/let _ = barrier::heavy(); let lost = false/'
mutant "release: goes on without its barrier" a_release_without close.rs \
    's/if barrier::heavy\(\)\.is_err\(\) \|\| is_haunted\(slot\) (\{\s*return; )/if { let _ = barrier::heavy(); false } || is_haunted(slot) $1/'
mutant "lost barrier: says that it ended" a_close_without close.rs \
    's/(fn keep_for_good.*?)Closed::Later/$1Closed::Now/s'
mutant "lost barrier: closes for ever" a_close_without close.rs \
    's/for from in \[State::Closing, State::Deferred\]/for from in [State::Deferred]/'

# The child of a fork
mutant "fork: the others' cells stay" forks record.rs \
    's/(fn reset_after_fork.*?)cell\.store\(0, Ordering::Relaxed\)/$1let _ = cell/s'
mutant "fork: the own cells go" forks record.rs 's/(fn reset_after_fork.*?)if owner\.is_none\(\)/$1if true/s'
mutant "fork: the own number stays" forks record.rs \
    's/claim \| u64::from\(owner\.unwrap_or\(0\)\)/claim | u64::from(owner.map_or(0, |_| 7u32))/'
mutant "fork: closes are not taken over" forks close.rs \
    's/State::Closing => slot\.gate\.advance\(handle, state, State::Deferred\),/State::Closing => continue,/'
mutant "fork: ends what was being ended" forks close.rs \
    's/State::Finalising => slot\.gate\.advance\(handle, state, State::Kept\)/State::Finalising => slot.gate.advance(handle, state, State::Deferred)/'
mutant "fork: trusts the counter" forks close.rs 's/slot\.haunted\.store\(true, Ordering::Release\);//'
mutant "close: trusts the counter" forks close.rs 's/slot\.haunted\.load\(Ordering::Acquire\)/false \&\& slot.haunted.load(Ordering::Acquire)/'

# TURN
mutant "ring: two push into one entry" ring ring.rs \
    's/self\.tail\.compare_exchange_weak\(\s*position,\s*position \+ 1,\s*Ordering::Relaxed,\s*Ordering::Relaxed,\s*\)/{ self.tail.store(position + 1, Ordering::Relaxed); Ok::<usize, usize>(position) }/s'
mutant "ring: two pop one entry" ring ring.rs \
    's/self\.head\.compare_exchange_weak\(\s*position,\s*position \+ 1,\s*Ordering::Relaxed,\s*Ordering::Relaxed,\s*\)/{ self.head.store(position + 1, Ordering::Relaxed); Ok::<usize, usize>(position) }/s'
mutant "ring: pushes into a full one" ring ring.rs 's/if seen == turn \{/if seen == turn || seen < turn {/'
mutant "ring: full before the value is there" ring ring.rs \
    's/(unsafe \{ entry\.value\.write\(\)\.cast::<T>\(\)\.write\(value\) \};)\s*(entry\.turn\.store\(turn \+ 1, Ordering::Release\);)/$2 $1/s'

# SUPPLIES
mutant "instances: reserved without a look" instances instance.rs \
    's/self\.user_data\.compare_exchange\(0, RESERVED, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.user_data.swap(RESERVED, Ordering::AcqRel); true }/'
mutant "instances: never given back" instances close.rs 's/instance\.give_back\(\);/let _ = instance;/'
mutant "instances: NULL is a handle" instances enter.rs 's/ \|\| !handle\.is_well_formed\(\)//'

# What the long scenarios are for
scenario "closer: does not wait" a_close_waits_for_nested close.rs 's/let quiet = wait_quiet\(/let quiet = true || wait_quiet(/'
scenario "closer: does not look at the counter" a_close_waits_for_nested close.rs \
    's/inside\.is_empty\(\) && !is_haunted\(slot\) && slot\.gate\.counted\(\) == 0/inside.is_empty() \&\& !is_haunted(slot)/'
scenario "exclusive: no lock" exclusive slot.rs 's/!self\.busy\.swap\(true, Ordering::Acquire\)/true/'
scenario "records: claimed without a look" short_lived record.rs \
    's/self\.owner\.compare_exchange\(seen, next, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.owner.swap(next, Ordering::AcqRel); true }/'
scenario "ring: two push into one entry" no_incident ring.rs \
    's/self\.tail\.compare_exchange_weak\(\s*position,\s*position \+ 1,\s*Ordering::Relaxed,\s*Ordering::Relaxed,\s*\)/{ self.tail.store(position + 1, Ordering::Relaxed); Ok::<usize, usize>(position) }/s'
scenario "tokens: a block is taken twice" a_token ../tokens.rs \
    's/NEXT_BLOCK\s*\.fetch_update\(.*?\}\)/{ let n = NEXT_BLOCK.load(Ordering::Relaxed); NEXT_BLOCK.store(n + BLOCK, Ordering::Relaxed); Some(n) }/s'
scenario "call: any type will do" another_type enter.rs \
    's/registration\.key == TypeId::of::<H::Key>\(\)/true/'
scenario "leaver: leaves the end to others" the_last_of_three close.rs \
    's/(Some\(\(handle, State::Deferred\)\) => \{\s*)try_deferred\(handle, slot\);/$1/'
scenario "close from inside: waits" a_cycle_of_three close.rs \
    's/if thread::is_inside_any\(\) \{ Wait::Never \}/if false { Wait::Never }/'
scenario "end: without a step" the_last_of_three close.rs \
    's/if !slot\.gate\.advance\(handle, from, State::Finalising\) \{/if !slot.gate.advance(handle, from, State::Finalising) \&\& false {/'
scenario "take: does not wait" a_value_that_is_taken close.rs 's/let quiet = wait_quiet\(/let quiet = true || wait_quiet(/'
scenario "take: a parked value stays so" a_value_that_cannot close.rs \
    's/State::Live \| State::Deferred \| State::Parked/State::Live | State::Deferred/'
scenario "close of many: no look" a_close_of_many close.rs 's/inside\.binary_search\(&handle\.bits\(\)\)\.is_err\(\)/true/'
scenario "end: does not ask for the leak" leaked close.rs 's/if slot\.leaked\.fetch_or\(false, Ordering::AcqRel\)/if false/'
scenario "notice: releases nothing" c_destroys destroy.rs \
    's/if notice == Notice::Last && is_static/if false \&\& is_static \&\& notice == Notice::Last/'
scenario "slots: no new generation" an_old_handle slot.rs \
    's/generation\.load\(Ordering::Relaxed\) \+ 1/generation.load(Ordering::Relaxed).max(1)/'
scenario "slots: taken without a look" hold_and_release slot.rs \
    's/(fn pop.*?)self\.free\.compare_exchange\(head, new, Ordering::AcqRel, Ordering::Acquire\)/$1\{ self.free.store(new, Ordering::Release); Ok::<u64, u64>(head) \}/s'
scenario "instances: reserved without a look" an_instance instance.rs \
    's/self\.user_data\.compare_exchange\(0, RESERVED, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.user_data.swap(RESERVED, Ordering::AcqRel); true }/'
scenario "instances: never given back" an_instance close.rs 's/instance\.give_back\(\);/let _ = instance;/'
scenario "close: waits for no other closer" closes_from_outside close.rs \
    's/let ended = wait_until\(wait, has_ended, \|\| \{\}\);/let ended = true; let _ = (wait, has_ended);/'
scenario "release: is not noted" a_release_from_inside close.rs 's/slot\.release\.store\(true, Ordering::SeqCst\);//'

for file in gate record slot close ring instance stash custody barrier owner; do weaken $file.rs; done

echo "$caught mutants caught, $equivalent known to have no effect, in $((SECONDS / 60)) minutes"
for name in "${missed[@]}"; do echo "MISSED: $name" >&2; done
[ ${#missed[@]} = 0 ]
