#!/usr/bin/env bash
# Weakens one ordering, fence or step of the gate after the other, in a copy, and expects a model to
# fail: what the models do not notice, they do not check. `ci/mutants.sh WORD` runs the matching ones.
#
# A mutant is: its name, the models that are run (a filter), its file, and a perl substitution that
# must change the file.
set -euo pipefail
cd "$(dirname "$0")/.."
only="${1:-}"
export CARGO_TARGET_DIR="$PWD/target/outlive_loom" RUSTFLAGS="--cfg outlive_loom" CARGO_INCREMENTAL=1
export LOOM_MAX_PREEMPTIONS=3 RUST_BACKTRACE=0
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
cd "$copy"

# The dependencies are those of ci/models.sh; the crate itself is built fast.
build=(cargo test -q -p outlive --release --lib
    --config 'profile.release.package.outlive.opt-level=0'
    --config 'profile.release.package.outlive.codegen-units=64')
models() { timeout 120 "${build[@]}" -- "$1"; }

if ! models models >"$copy.log" 2>&1; then
    cat "$copy.log" >&2
    echo "the models fail without any mutant" >&2
    exit 1
fi

caught=0
missed=()
mutant() {
    local name=$1 filter=$2 file=crates/outlive/src/raw/$3 change=$4
    [[ $name == *"$only"* ]] || return 0
    cp "$file" "$copy/original"
    perl -0pi -e "$change" "$file"
    if cmp -s "$file" "$copy/original"; then
        missed+=("$name: changes nothing")
    elif ! "${build[@]}" --no-run >"$copy.log" 2>&1; then
        missed+=("$name: does not compile")
    elif models "$filter" >"$copy.log" 2>&1; then
        missed+=("$name: not noticed")
    else
        caught=$((caught + 1))
        echo "caught: $name"
    fi
    cp "$copy/original" "$file"
    touch "$file"
}

# PUBLISH
mutant "outermost: publish relaxed" next_publication_of_the_outermost gate.rs \
    's/(fn outermost.*?cell\.store\(handle\.bits\(\), Ordering::)Release/$1Relaxed/s'
mutant "outermost: no light fence" a_close_waits_for_a_light_call gate.rs \
    's/(fn outermost.*?)compiler_fence\(Ordering::SeqCst\);/$1/s'
mutant "outermost: look at the cell relaxed" publication_of_the_records_next_thread gate.rs \
    's/cell\.load\(Ordering::Acquire\) != 0/cell.load(Ordering::Relaxed) != 0/'
mutant "cell: publish relaxed" next_publication_of_any_cell gate.rs \
    's/(fn cell\(.*?cell\.store\(handle\.bits\(\), Ordering::)Release/$1Relaxed/s'
mutant "cell: no light fence" a_close_waits_for_a_first_call gate.rs \
    's/(fn cell\(.*?)compiler_fence\(Ordering::SeqCst\);/$1/s'
mutant "cell: no fence of its own" a_call_may_fence_for_itself gate.rs \
    's/(if fenced \{\s*)fence\(Ordering::SeqCst\);/$1/'
mutant "cell: look at the cell relaxed" any_publication_of_the_records_next_thread record.rs \
    's/(fn free_cell.*?Ordering::)Acquire/$1Relaxed/s'
mutant "counted: no fence" a_close_waits_for_a_counted_call gate.rs \
    's/(fn counted\(gate.*?)fence\(Ordering::SeqCst\);/$1/s'
mutant "closer: no barrier before the scan" a_close_waits close.rs \
    's/Ok\(\(\)\) if barrier::heavy\(\)\.is_err\(\) \|\| is_haunted/Ok(()) if is_haunted/'
mutant "closer: does not wait" a_close_waits close.rs \
    's/let quiet = wait_quiet\(/let quiet = true || wait_quiet(/'
mutant "closer: does not look at the counter" a_close_waits_for_a_counted_call close.rs \
    's/inside\.is_empty\(\) && !is_haunted\(slot\) && slot\.gate\.counted\(\) == 0/inside.is_empty() \&\& !is_haunted(slot)/'

# LEFT
mutant "leave: relaxed" a_close_waits_for_a_light_call gate.rs \
    's/cell\.store\(0, Ordering::Release\)/cell.store(0, Ordering::Relaxed)/'
mutant "leave the counter: relaxed" a_close_waits_for_a_counted_call gate.rs \
    's/fetch_sub\(1, Ordering::Release\)/fetch_sub(1, Ordering::Relaxed)/'
mutant "scan: relaxed" a_close_waits record.rs 's/(fn holds.*?Ordering::)Acquire/$1Relaxed/s'
mutant "scan of the counter: relaxed" a_close_waits_for_a_counted_call gate.rs \
    's/self\.counted\.load\(Ordering::Acquire\)/self.counted.load(Ordering::Relaxed)/'

mutant "close of many: no barrier" a_close_of_many close.rs 's/let lost = barrier::heavy\(\)\.is_err\(\)/let lost = false/'
mutant "close of many: no look" a_close_of_many close.rs 's/inside\.binary_search\(&handle\.bits\(\)\)\.is_err\(\)/true/'
mutant "close of many: scan relaxed" a_close_of_many record.rs 's/(fn published.*?Ordering::)Acquire/$1Relaxed/s'

# LAST-OUT
mutant "leave: no light fence" a_deferred_value_ends gate.rs \
    's/(Ordering::Release\); \/\/ LEFT\s*)compiler_fence\(Ordering::SeqCst\);/$1/'
mutant "leave the counter: no fence" the_last_counted_call gate.rs \
    's/(if !self\.is_light\(\) \{\s*)fence\(Ordering::SeqCst\);/$1/'
mutant "deferring closer: no barrier" a_deferred_value_ends_with close.rs \
    's/if barrier::heavy\(\)\.is_err\(\) (\{\s*return keep_for_good)/if false $1/'
mutant "deferring closer: no second scan" a_deferred_value_ends_with close.rs \
    's/try_deferred\(handle, slot\)\.unwrap_or\(Closed::Later\)/Closed::Later/'
mutant "leaver: no fence before its scan" one_of_two_that_leave_together close.rs \
    's/fence\(Ordering::SeqCst\); \/\/ LAST-OUT: two/\/\/ LAST-OUT: two/'
mutant "leaver: leaves the end to others" one_of_two_that_leave_together close.rs \
    's/(Some\(State::Deferred\) => \{\s*)try_deferred\(handle, slot\);/$1/'
mutant "leaver: ends without a scan" ends_once_with_two_calls close.rs \
    's/if is_quiet\(handle, slot\) && may_end_here/if may_end_here/'

# OPEN
mutant "open: relaxed" a_call_sees_the_registration gate.rs \
    's/(State::Live\), Ordering::)Release/$1Relaxed/'
mutant "admit: relaxed" a_call_sees_the_registration gate.rs \
    's/self\.word\.load\(Ordering::Acquire\) == /self.word.load(Ordering::Relaxed) == /'

# ONE-ENDER
mutant "steps: relaxed" two_closers gate.rs \
    's/compare_exchange\(from, to, Ordering::SeqCst, /compare_exchange(from, to, Ordering::Relaxed, /'
mutant "look at the state: relaxed" two_closers gate.rs \
    's/handle\.state_in\(self\.word\.load\(Ordering::Acquire\)\)/handle.state_in(self.word.load(Ordering::Relaxed))/'
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
mutant "slots: put back relaxed" a_freed_slot slot.rs \
    's/(fn push.*?compare_exchange\(head, new, Ordering::)AcqRel/$1Relaxed/s'
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
mutant "stash: put relaxed" stashed stash.rs 's/Ordering::Release,/Ordering::Relaxed,/'
mutant "stash: taken relaxed" stashed stash.rs 's/swap\(next, Ordering::Acquire\)/swap(next, Ordering::Relaxed)/'
mutant "stash: taken without a swap" stashed stash.rs \
    's/let seen = self\.0\.swap\(next, Ordering::Acquire\);/let seen = self.0.load(Ordering::Acquire); self.0.store(next, Ordering::Release);/'

# EXCLUSIVE
mutant "exclusive: locked relaxed" exclusive slot.rs 's/swap\(true, Ordering::Acquire\)/swap(true, Ordering::Relaxed)/'
mutant "exclusive: unlocked relaxed" exclusive slot.rs 's/busy\.store\(false, Ordering::Release\)/busy.store(false, Ordering::Relaxed)/'
mutant "exclusive: no lock" exclusive slot.rs 's/!self\.busy\.swap\(true, Ordering::Acquire\)/true/'

# ONE-OWNER, STAYS
mutant "records: claims are not counted" records record.rs 's/wrapping_add\(1\)/wrapping_add(0)/'
mutant "records: claimed without a look" records record.rs \
    's/self\.owner\.compare_exchange\(seen, next, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.owner.swap(next, Ordering::AcqRel); true }/'
mutant "records: freed without a look" records record.rs \
    's/self\.owner\.compare_exchange\(seen, marked, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.owner.swap(marked, Ordering::AcqRel); true }/'
mutant "records: claimed while it is freed" records record.rs 's/&& seen as u32 != RECLAIMING//'
mutant "records: freed relaxed" records record.rs 's/self\.owner\.store\(claim, Ordering::Release\)/self.owner.store(claim, Ordering::Relaxed)/'
mutant "records: owner read relaxed" records record.rs \
    's/(let left_behind.*?owner\.load\(Ordering::)Acquire/$1Relaxed/s'
mutant "chunks: added relaxed" chunks record.rs 's/added,\s*Ordering::Release/added, Ordering::Relaxed/'
mutant "chunks: read relaxed" chunks record.rs 's/this\.next\.load\(Ordering::Acquire\)/this.next.load(Ordering::Relaxed)/'

# Without an effect that a model could see:
# * counted, fetch_add relaxed: the fence after it publishes, and any read-modify-write continues the
#   release sequence of the leaves before it.
# * heavy, one of its two fences: membarrier is a full barrier itself, and without it one fence is enough.
# * advance, SeqCst as AcqRel or on failure: loom treats them alike. What needs a total order is ordered
#   by the barrier; the release flag alone rests on SeqCst, and `sweep` makes up for what it misses.
# * occupant relaxed: each use compares the word again before it acts or reads.
# * clear relaxed: the next owner comes by the free list, and a call that reads 0 reads nothing else.

echo "$caught mutants caught"
for name in "${missed[@]}"; do echo "MISSED: $name" >&2; done
[ ${#missed[@]} = 0 ]
