#!/usr/bin/env bash
# Changes the engine in one place at a time, in a copy, and expects a model (tests/models/loom) to fail: what
# they do not notice, they do not check. There are three kinds of change: a "step" that is named
# below, an "arm" of `life.rs::next`, and an "ordering" or fence.
#
# `ci/mutants.sh REGEX` runs those whose name it matches. The whole takes more than an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
only="${1:-}"
target="${CARGO_TARGET_DIR:-$PWD/target}/mutants" engine=crates/outlive-core/src
export CARGO_INCREMENTAL=1 RUST_BACKTRACE=0 LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
cd "$copy"
mkdir logs

# The models' program; its dependencies are optimised, the engine is built fast.
build() {
    CARGO_TARGET_DIR="$target" cargo test -p outlive-models --release --test loom --no-run \
        --config 'profile.release.package.outlive-models.opt-level=0' \
        --config 'profile.release.package.outlive-models.debug=0' \
        --config 'profile.release.package.outlive-models.codegen-units=64' 2>&1 |
        tee "$copy/build.log" | sed -n 's/^ *Executable.*(\(.*\))$/\1/p'
}

# Whether all models pass that `filter` (a regular expression) matches, the quick ones first. It gives up at the first failure; a model that
# hangs, for half a minute and ten times as long as it takes, has failed.
passes() {
    local program=$1 filter=$2
    rm -f "$copy/failed"
    { grep -E -- "$filter" "$copy/models" || true; } | xargs -P "$(nproc)" -I {} sh -c '
        timeout $((30 + ${1%% *} / 100000)) "$0" --exact "${1#* }" --test-threads=1 >/dev/null 2>&1 ||
            { echo "${1#* }" >>failed; exit 255; }' "$program" {} 2>/dev/null || true
    [ ! -e "$copy/failed" ]
}

# All models, each as its time in microseconds and its name, the quick ones first; one that fails without any mutant ends
# this.
time_models() {
    local program=$1
    "$program" --list | sed -n 's/: test$//p' | xargs -P "$(nproc)" -I {} bash -c '
        begun=$EPOCHREALTIME
        "$0" --exact "$1" --test-threads=1 >/dev/null 2>&1 || { echo "$1 fails without any mutant" >&2; exit 255; }
        echo "$((${EPOCHREALTIME/./} - ${begun/./})) $1"' "$program" {} | sort -n >"$copy/models"
}

caught=0 equivalent=0 number=0 missed=()

# Judges the file as it was changed by the models that `check` matches, and puts it back.
judge() {
    local name=$1 file=$2 check=$3 begun=$SECONDS program
    if cmp -s "$file" "$copy/original"; then
        missed+=("$name: changes nothing")
    else
        program=$(build) || true
        if [ -z "$program" ]; then
            missed+=("$name: does not compile")
        elif passes "$program" "$check"; then
            missed+=("$name: not noticed")
        else
            caught=$((caught + 1))
            echo "$number: caught in $((SECONDS - begun)) s: $name: $(head -1 failed)"
        fi
    fi
    [ ${#missed[@]} = 0 ] || [[ ${missed[-1]} != "$name: "* ]] || echo "$number: MISSED: ${missed[-1]}"
    cp "$copy/original" "$file"
    touch "$file"
}

# A mutant is: its name, its file, and a perl substitution that must change it. Those of children are judged by the models
# that fork.
step() {
    local name="step: $1" file=$engine/$2 change=$3 models=""
    [[ $1 != child:* ]] || models=forks
    [[ $name =~ $only ]] || return 0
    number=$((number + 1))
    cp "$file" "$copy/original"
    perl -0pi -e "$change" "$file"
    judge "$name" "$file" "$models"
}

# The arms of the machine, each as: its number, its name, what becomes of it, and where the change is. An arm is taken
# out, or one of its phases, or its guard.
arms() {
    perl -0ne '
        my ($at, $body) = ($-[1], $1) if m{match \(event, phase\) \{\n(.*?)\n    \}\n}s;
        while ($body =~ m{^        (\((?:Event::\w+|_).*?)(?=^        [(_]|\z)}msg) {
            my ($from, $arm) = ($at + $-[1], $1);
            $arm =~ m{^\((?:Event::(\w+)|_)(?:\(\w+\))?, ([^)]*)\)} or next;
            my ($event, $phases) = ($1 // "any", $2);
            my $name = "$event in " . ($phases eq "_" ? "any" : $phases =~ s/ \| /,/gr);
            printf "%s|taken out|%d|%d|\n", $name, $from, length $arm;
            my @phases = split / \| /, $phases;
            my $offset = index $arm, $phases;
            for my $phase (@phases > 1 ? @phases : ()) {
                my $rest = join " | ", grep { $_ ne $phase } @phases;
                printf "%s|without %s|%d|%d|%s\n", $name, $phase, $from + $offset, length $phases, $rest;
            }
            printf "%s|without its guard|%d|%d|\n", $name, $from + $-[1], length $1
                if $arm =~ m{\)( if .*?) =>}s;
        }' $engine/life.rs
}

mutate_arms() {
    local name what at length rest
    while IFS='|' read -r name what at length rest; do
        name="arm: $name, $what"
        [[ $name =~ $only ]] || continue
        if [[ $without_effect == *"|$name|"* ]]; then
            equivalent=$((equivalent + 1))
            continue
        fi
        number=$((number + 1))
        cp $engine/life.rs "$copy/original"
        perl -0pi -e "substr(\$_, $at, $length) = '${rest//,/ | }'" $engine/life.rs
        judge "$name" $engine/life.rs ""
    done < <(arms)
}

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

# Makes each ordering of a file relaxed, or takes the fence out, and runs the `models` that are about it; but for
# those that are known to have no effect.
weaken() {
    local name file=$engine/$1.rs models=$2 in what nth at length new
    while read -r in what nth at length; do
        name="ordering: $1.rs $in $what $nth"
        [[ $name =~ $only ]] || continue
        if [[ $without_effect == *"|$name|"* ]]; then
            equivalent=$((equivalent + 1))
            continue
        fi
        number=$((number + 1))
        cp "$file" "$copy/original"
        if [ "$what" = fence ]; then new=""; else new=Ordering::Relaxed; fi
        perl -0pi -e "substr(\$_, $at, $length) = '$new'" "$file"
        judge "$name" "$file" "$models"
    done < <(orderings "$file")
}

# What has no effect that a model could see, and why.
without_effect=""
harmless() { for site in "${@:2}"; do without_effect+="|$site|"; done; }
harmless "the models' slots have their details from the beginning" "ordering: slot.rs details Acquire 1" \
    "ordering: slot.rs take_fresh Release 1"
# No zero of a child's comes after a count there, and no 0 of a record's last owner after the address of the next.
harmless "loom keeps the stores to an atomic in the order in which they are made" \
    "ordering: record.rs claim_free Acquire 2" "ordering: record.rs free_if Release 1" \
    "ordering: child.rs is_unknown Acquire 1" "ordering: child.rs is_unknown Acquire 2" \
    "ordering: child.rs stand_by Acquire 1" "ordering: child.rs known Release 1" "ordering: child.rs known Release 2"
harmless "nobody has a handle of a slot that is free (\`Life::apply\`)" "arm: any in Free,Freeing, without Free"
harmless "only an owner that has the host's claim gives a table back" "arm: GiveBack in Ended, without its guard"
harmless "loom has each look at a life see the newest state" "ordering: wait.rs for_change Acquire 1"
harmless "it takes a closer, a last call and a child's first thread, and another thread that ends what is left" \
    "ordering: adopt.rs check_and_end Acquire 1" "ordering: adopt.rs look_after Release 1" \
    "ordering: end.rs leave_to_thread fence 1"
harmless "it is for a child that is made between two stores" "ordering: chunks.rs reserve_chunks Release 1"
harmless "a call into C has fenced when it left" "ordering: ties.rs untie Release 1"
harmless "what is released is freed behind a full fence" "ordering: ties.rs is_none Acquire 1"
harmless "a place of the models is a constant" "ordering: slot.rs note_end AcqRel 1" "ordering: slot.rs ended Acquire 1"

program=$(build) || true
[ -n "$program" ] || { tail -20 "$copy/build.log" >&2; exit 1; }
time_models "$program"

# The short way in.
step "light call: does not compare the gate" enter.rs 's/let is_open = slot\.gate\.admits\(handle\) && /let is_open = /'
step "light call: does not compare the key" enter.rs 's/ && is_it\(unsafe \{ slot\.subject\(\) \}\)/ \&\& { let _ = \&is_it; true }/'
step "light call: asks for no restriction" enter.rs 's/is_open && \(handle\.is_shared\(\) \|\| is_restriction_met\(slot, handle\)\)/is_open/'
step "light call: no lock" enter.rs 's/Kind::Exclusive => slot\.try_lock\(\)/Kind::Exclusive => true/'
step "light call: any thread" enter.rs 's/Kind::Local => slot\.thread\(\) == thread::number\(\)/Kind::Local => true/'
step "light call: stays where it is refused" enter.rs 's/    way\.leave_lightly\(\);\n    None/    None/'
step "light call: does not look back" enter.rs 's/(self\.way\.leave_lightly\(\);\s*)self\.look_back\(handle\);/$1/'
step "call: does not look back" enter.rs 's/(thread::withdraw\(self\.way, &self\.slot\.details\(\)\.callers\);\s*)self\.look_back\(handle\);/$1/'
step "light call: NULL is a handle" slot.rs 's/if handle\.is_null\(\) \{ None \} else \{ (self\.slots\.get_lightly\(handle\.index\(\)\)) \}/$1/'
step "call: what is no handle is one" slot.rs 's/\.filter\(\|_\| handle\.is_well_formed\(\)\)//'
step "call: does not compare the gate" enter.rs 's/if !admits\(&slot\.gate, handle\) \{\s*return Some\(late_or_unknown\(handle, key\)\);\s*\}/let _ = admits;/'
step "call: does not compare the key" enter.rs 's/if !key\.is_of\(unsafe \{ slot\.subject\(\) \}\) \{\s*return Some\(Refusal::OtherType\);\s*\}/let _ = key;/'
step "call: does not unlock" enter.rs 's/if handle\.is_exclusive\(\) \{\s*self\.slot\.unlock\(\);\s*\}//'
step "late call: leaves without a look at what it kept" enter.rs 's/thread::above_c\(\|\| after_withdrawal\(handle\.index\(\), slot\)\);/let _ = (handle, slot, after_withdrawal as fn(_, _));/'
step "gate: no light fence in the outermost cell" gate.rs 's/compiler_fence\(Ordering::SeqCst\); (\/\/ PUBLISH, light side\n        Some\(Way\(NonNull::from\(cell\), PhantomData\)\))/$1/'
step "gate: no light fence in a cell" gate.rs 's/compiler_fence\(Ordering::SeqCst\); (\/\/ PUBLISH, light side\n        Some\(Way::by)/$1/'
step "gate: no light fence on leaving" gate.rs 's/compiler_fence\(Ordering::SeqCst\); (\/\/ LAST-OUT, light side)/$1/'
step "gate: publishes after the look" gate.rs 's/(cell\.store\(handle\.bits\(\), Ordering::Release\);)\n(        compiler_fence\(Ordering::SeqCst\); \/\/ PUBLISH, light side\n        Some\(Way\(NonNull)/$2/'
step "gate: leaves another depth" gate.rs 's/depth\.fetch_sub\(1, Ordering::Relaxed\);/let _ = depth;/'
step "gate: counts no depth" gate.rs 's/record\.depth\(\)\.fetch_add\(1, Ordering::Release\);/record.depth().fetch_add(0, Ordering::Release);/'
step "gate: closes nothing" gate.rs 's/self\.0\.compare_exchange\(from, to, Ordering::Relaxed, Ordering::Relaxed\)\.is_ok\(\)/{ let _ = (from, to); true }/'
step "gate: closes what is not its own" gate.rs 's/self\.0\.compare_exchange\(from, to, Ordering::Relaxed, Ordering::Relaxed\)\.is_ok\(\)/{ let _ = from; self.0.store(to, Ordering::SeqCst); true }/'
step "thread: forgets calls without a record" thread.rs 's/thread\.unrecorded\.set\(thread\.unrecorded\.get\(\) \+ 1\)/thread.unrecorded.set(thread.unrecorded.get())/'
step "thread: leaves no call without a record" thread.rs 's/thread\.unrecorded\.set\(thread\.unrecorded\.get\(\)\.saturating_sub\(1\)\)/thread.unrecorded.set(thread.unrecorded.get())/'
step "thread: is never above C" thread.rs 's/thread\.above_c\.get\(\) != 0\n\s*\|\| //'

# The life.
step "life: finishes without a look at the claims" life.rs 's/to\(Ended\)\.map\(unclaimed\)/to(Ended)/'
step "life: a claim is given up without a look" life.rs 's/let claiming = \|claims\| Some\(unclaimed\((State \{ claims, \.\.state \})\)\);/let claiming = |claims| Some($1);/'
step "life: stores without a look" life.rs 's/match self\.0\.compare_exchange\(word, new, Ordering::SeqCst, Ordering::SeqCst\) \{/self.0.store(new, Ordering::SeqCst); match Ok::<u64, u64>(word) {/'
step "life: answers for any registration" life.rs 's/\(found == handle && state\.phase != Phase::Free\)\.then_some\(state\)/(found.index() == handle.index() \&\& state.phase != Phase::Free).then_some(state)/'
step "life: reads what is being freed" life.rs 's/!matches!\(self\.phase, Phase::Free \| Phase::Freeing\)/!matches!(self.phase, Phase::Free)/'
mutate_arms

# Who waits, and who is woken.
step "life: what is left is ended by whoever leaves" life.rs 's/\(Event::End\(_\), Closing \| Deferred\)/(Event::End(_), Closing | Deferred | Left)/; s/\(Event::End\(ender\), Closing \| Deferred\)/(Event::End(ender), Closing | Deferred | Left)/'
step "closer: no barrier before the scan" close.rs 's/Ok\(_\) if barrier::heavy\(\)\.is_err\(\) => /Ok(_) if false => /'
step "closer: does not wait" wait.rs 's/if record\.is_none\(\) && (details\.callers\.load\(Ordering::Acquire\)) == 0 \{/if true || record.is_none() \&\& $1 == 0 {/'
step "closer: does not look at the cells" wait.rs 's/let found = RECORDS_OF_THREADS\.from\(next\)\.find\(holds\);/let _ = holds; let found: Option<(u32, \&Record)> = None;/'
step "closer: does not look at the count" wait.rs 's/if record\.is_none\(\) && details\.callers\.load\(Ordering::Acquire\) == 0 \{/if record.is_none() {/'
step "closer: reads changes after the scan" wait.rs 's/let changes = details\.changes\.load\(Ordering::Acquire\);\n(        let holds = .*?)(        patience\.rest\(&details\.changes, changes\);\n    \}\n\}\n\n\/\/\/ Whether the thread)/$1        let changes = details.changes.load(Ordering::Acquire);\n$2/s'
step "closer: reads changes after the state" wait.rs 's/let changes = details\.changes\.load\(Ordering::Acquire\);\n(        if seen\.phase.*?)(        patience\.rest\(&details\.changes, changes\);\n    \}\n\}\n\n\/\/\/ What the)/$1        let changes = details.changes.load(Ordering::Acquire);\n$2/s'
step "closer: does not end what is left" wait.rs 's/if seen\.phase == Phase::Left \{.*?\n        \}\n//s'
step "closer: does not wait for another" wait.rs 's/if patience\.is_over\(\) \|\| leads_back\(handle\) \{/if true {/'
step "closer: never follows the chain" wait.rs 's/patience\.is_over\(\) \|\| leads_back\(handle\)/{ let _ = leads_back; patience.is_over() }/'
step "closer: does not say for whom it waits" wait.rs 's/record\.waits_for\.swap\(handle\.bits\(\), Ordering::Relaxed\)/{ let _ = handle; record.waits_for.load(Ordering::Relaxed) }/'
step "closer: says for whom it waits for good" wait.rs 's/record\.waits_for\.store\(before, Ordering::Relaxed\);/let _ = (record, before);/'
step "closer: follows no link" wait.rs 's/next => at = Handle::from_user_data\(next as usize\),/_ => return false,/'
step "closer: takes an unknown ender for itself, never" wait.rs 's/return thread::is_ending\(\);/return false;/'
step "closer: thinks that nobody is ever gone" wait.rs 's/Some\(record\) => record\.is_lost\(\|record\| record\.holds\(handle\.bits\(\)\)\)/Some(_) => false/'
step "closer: thinks that all are gone" wait.rs 's/Some\(record\) => record\.is_lost\(\|record\| record\.holds\(handle\.bits\(\)\)\)/Some(_) => true/'
step "closer: trusts the count" wait.rs 's/(details\.lost\.load\(Ordering::Relaxed\) != 0) \|\| RECORDS_OF_THREADS\.iter\(\)\.any\(is_lost\);/{ let _ = is_lost; false \&\& $1 };/'
step "closer: knows of no deep call that is lost" wait.rs 's/(details\.lost\.load\(Ordering::Relaxed\) != 0) \|\| RECORDS_OF_THREADS\.iter\(\)\.any\(is_lost\);/{ let _ = is_lost; $1 };/'
step "closer: takes any deep call for lost" wait.rs 's/record\.is_lost\(Record::is_deep\)/record.is_deep()/'
step "closer: does not ask the count again" wait.rs 's/may_be && details\.callers\.load\(Ordering::Relaxed\) != 0/may_be/'
step "closer: waits for late calls where the value has ended" wait.rs 's/if is_over\(\) \{.*?\n        \}\n//s'
step "closer: ends what a gone thread may use" wait.rs 's/return !is_somebody_gone;/return true || is_somebody_gone;/'
step "closer: does not wait for the others of one that is gone" wait.rs 's/next \+= 1;\s*patience\.asked = None;\s*continue;/return false;/'
step "closer: asks once a second" wait.rs 's/patience\.asked = None;//'
step "closer: does not take over from a gone ender" wait.rs 's/give_up_ender\(handle, slot, seen\);/let _ = give_up_ender;/'
step "closer: never asks for its ender" wait.rs 's/ender\.is_some_and\(is_lost\)/{ let _ = is_lost; false }/'
step "closer: takes over from any ender" wait.rs 's/ender\.is_some_and\(is_lost\)/{ let _ = is_lost; ender.is_some() }/'
step "closer: does not look at the state again" wait.rs 's/ender\.is_lost\(\|_\| slot\.life\.state\(handle\) == Some\(seen\)\)/ender.is_lost(|_| true)/'
step "closer: waits from inside" wait.rs 's/if thread::is_inside_any\(\) \{ Wait::Never \} else \{ Wait::Forever \}/Wait::Forever/'
step "closer: waits within its limit for itself" wait.rs 's/if thread::is_inside\(handle\) \{\s*return Wait::Never;\s*\}//'
step "changes: are not counted" end.rs 's/changes\.fetch_add\(CHANGE, Ordering::Release\)/changes.load(Ordering::Relaxed)/'
step "changes: sleepers do not say so" wait.rs 's/seen & SLEEPER != 0 \|\| announce\(\)\.is_ok\(\)/true/'
step "changes: a sleeper is taken for none" end.rs 's/if before & SLEEPER != 0/if false/'
step "tasks: nobody wakes them" end.rs 's/        wake_tasks\(slot\);\n    \}/        let _ = wake_tasks;\n    }/'
step "tasks: they do not say so" until_ended.rs 's/let announced = seen \| SLEEPER;/let announced = seen | (SLEEPER \& 0);/'
step "tasks: they say so before they are in the list" until_ended.rs 's/(        details\.tasks\.add\(task\);\n)(.*?)return Poll::Pending;/$2details.tasks.add(task); return Poll::Pending;/s'
step "tasks: they are taken while others are told of" end.rs 's/(        changes\.fetch_and\(!SLEEPER, Ordering::Acquire\);\n)(.*?)(        wake_tasks\(slot\);\n)/$3$1$2/s'
step "tasks: queued for ever" tasks.rs 's/task\.is_queued\.swap\(0, Ordering::AcqRel\);//'
step "tasks: in the list twice" tasks.rs 's/if task\.is_queued\.swap\(1, Ordering::AcqRel\) == 0 \{/if task.is_queued.swap(1, Ordering::AcqRel) <= 1 {/'
step "tasks: left in the list of what is over" until_ended.rs 's/wake_tasks\(slot\);\n/let _ = wake_tasks;\n/'
step "inbox: a close leaves who waits" close.rs 's/    if refused\.is_ok\(\) \{\n.*?\n        changed\(slot\);\n    \}\n//s'
step "inbox: the caller is not woken" errand.rs 's/(self\.errand\.advance\(RUNNING, self\.outcome\);\n)        System::wake_all\(&self\.errand\.stage\);/$1/'
step "inbox: the refused caller is not woken" errand.rs 's/(if self\.advance\(WAITING, REFUSED\) \{\n)            System::wake_all\(&self\.stage\);/$1/'
step "inbox: a caller gives up without a look" errand.rs 's/let next = \|seen: u32\| \(seen & STAGE == from\)\.then_some\(seen & !STAGE \| to\);/let next = |seen: u32| (seen \& STAGE == from || to == REFUSED).then_some(seen \& !STAGE | to);/'
step "inbox: a change is not seen" errand.rs 's/self\.stage\.fetch_add\(NUDGE, Ordering::Release\);/let _ = NUDGE;/'
step "inbox: the thread is not told" inbox.rs 's/                wake\(&owner\.waker\);\n/                let _ = wake;\n/'
step "inbox: a drop keeps what waits" inbox.rs 's/        self\.queue\.refuse_all\(\);\n(        \/\/ SAFETY: OPEN-INBOX: it has no)/$1/'
step "inbox: a drop does not look for users" inbox.rs 's/self\.queue\.users\.load\(Ordering::Acquire\) != 0/false/'
step "inbox: users are not counted" inbox.rs 's/self\.users\.fetch_add\(1, Ordering::Relaxed\);/self.users.fetch_add(0, Ordering::Relaxed);/; s/self\.users\.fetch_sub\(1, Ordering::Release\);/self.users.fetch_sub(0, Ordering::Release);/'
step "stack: pushed without a look" stack.rs 's/match self\.0\.compare_exchange\(top, added, Ordering::Release, Ordering::Relaxed\) \{/match { self.0.store(added, Ordering::SeqCst); Ok::<*mut T, *mut T>(top) } {/'
step "changes: nobody is woken" end.rs 's/System::wake_all\(changes\);//'
step "leaver: wakes nobody" end.rs 's/Phase::Closing => changed\(slot\),/Phase::Closing => {}/'

# How a value ends.
step "close: does not close the gate" close.rs 's/shut\(handle, slot, seen\.is_some_and\(\|state\| state\.claims\.lent\)\);/let _ = seen;/'
step "close: does not see to the gate where it is second" close.rs 's/shut\(handle, slot, seen\.is_some_and\(\|state\| state\.claims\.lent\)\);/if refused.is_ok() { shut(handle, slot, seen.is_some_and(|state| state.claims.lent)) }/'
step "close: ends on any thread" close.rs 's/if quiet && may_end_here\(handle, slot\) \{/if quiet {/'
step "close: a lost end is its own" close.rs 's/return end\(handle, slot, purpose\);/return end(handle, slot, purpose).or(Some(Closed::Later));/'
step "take: deferred, not parked" close.rs 's/Event::Park/Event::Defer/'
step "take: wakes nobody" close.rs 's/(Event::Park\);\s*)changed\(slot\);/$1/'
step "defer: leaves nothing" close.rs 's/let _ = slot\.life\.apply\(handle, Event::Defer\);//'
step "defer: no barrier" close.rs 's/return None;\n    \}\n    if barrier::heavy\(\)\.is_err\(\) \{/return None;\n    }\n    if false {/'
step "defer: no second scan" close.rs 's/Some\(try_deferred\(handle, slot, deferred\)\.unwrap_or\(Closed::Later\)\)/Some(Closed::Later)/'
step "defer: goes on without its barrier" close.rs 's/return None;\n    \}\n    if barrier::heavy\(\)\.is_err\(\) \{/return None;\n    }\n    if { let _ = barrier::heavy(); false } {/'
step "close: goes on without its barrier" close.rs 's/Ok\(_\) if barrier::heavy\(\)\.is_err\(\) => /Ok(_) if { let _ = barrier::heavy(); false } => /'
step "close: says that it ended what is kept" close.rs 's/Phase::Kept if !state\.claims\.leaked => return Some\(Closed::Later\),//'
step "close: says that a leaked value is not quiet" close.rs 's/Phase::Kept if !state\.claims\.leaked =>/Phase::Kept =>/'
step "close: waits for what has ended" close.rs 's/Phase::Kept \| Phase::Ended \| Phase::Freeing \| Phase::Free => return Some\(Closed::Now\),//'
step "close: waits for another thread" close.rs 's/Phase::Left if !may_end_here\(handle, slot\) => return Some\(Closed::Later\),//'
step "close: does not try again" close.rs 's/\(!has_changed\)\.then_some\(Closed::Later\)/{ let _ = has_changed; Some(Closed::Later) }/'
step "group: does not wait" owned.rs 's/if waits \{ Wait::unless_inside\(\) \} else \{ Wait::Never \}/{ let _ = waits; Wait::Never }/'
step "group: reads without standing among the readers" owned.rs 's/(let reached: Vec<Reached> = readers\.iter\(\)\.map\(reach\)\.collect\(\);)/$1 drop(readers);/'
step "last call: is no word of Cs" notify.rs 's/let Err\(Some\(state\)\) = \(unsafe \{ end_for_c\(handle, reader\) \}\) else \{ return \};/let _ = end_for_c as unsafe fn(_, _) -> _; let Err(Some(state)) = Ok::<(), Option<State>>(()) else { return };/'
step "last call: of any type" notify.rs 's/(fn after_last_call_of.*?)if !key\.is_of\(unsafe \{ slot\.subject\(\) \}\) \{/$1if { let _ = key; false } {/s'
step "last call: tells what was told" notify.rs 's/if served && state/let _ = served;\n    if state/'
step "last call: tells what the host released" notify.rs 's/if served && state\.claims\.host && /if { let _ = state; served } \&\& /'
step "last call: tells it of the innocent" notify.rs 's/ && !handle\.is_exclusive\(\) \{/ {/'
step "lost barrier: says that it ended" close.rs 's/(fn keep_for_good.*?)Closed::Later/$1Closed::Now/s'
step "lost barrier: keeps nothing" close.rs 's/if slot\.life\.apply\(handle, Event::Keep\)\.is_ok\(\) \{/if false {/'
step "lost barrier: wakes nobody" close.rs 's/(Event::Keep\)\.is_ok\(\) \{\s*)changed\(slot\);/$1/'
step "close of many: no barrier" close.rs 's/let inside = barrier::heavy\(\)\.map\(\|\(\)\| published\(\)\);/let inside = Ok::<_, ()>(published());/'
step "close of many: goes on without its barrier" close.rs 's/let inside = barrier::heavy\(\)\.map\(\|\(\)\| published\(\)\);/let _ = barrier::heavy();\n    let inside = Ok::<_, ()>(published());/'
step "close of many: no look" close.rs 's/!is_counted && inside\.binary_search\(&at\.handle\.bits\(\)\)\.is_err\(\)/{ let _ = (is_counted, inside); true }/'
step "close of many: no look at the count" close.rs 's/!is_counted && inside\.bin/inside.bin/; s/let is_counted = /let _ = /'
step "close of many: ends on any thread" close.rs 's/may_end_here\(handle, slot\)\s*&& (refuse\(at, ender\))/$1/'
step "close of many: takes each in hand at once" close.rs 's/let are_lent: Vec<bool> = all\.iter\(\)\.map\(shut_one\)\.collect\(\);/let are_lent: Vec<bool> = all.iter().map(shut_one).collect();\n    as_ender(|ender| all.iter().for_each(|at| { let _ = refuse(*at, ender); }));/'
step "close of many: leaves the gates open" close.rs 's/shut\(at\.handle, at\.slot, is_lent\);\n//'
step "close of many: takes what others close for ended" close.rs 's/&& refuse\(at, ender\)\.is_ok\(\)\s*&& end\(handle, slot, Purpose::End\)\.is_some\(\)/\&\& { let _ = refuse(at, ender).is_ok() \&\& end(handle, slot, Purpose::End).is_some(); true }/'
step "lent: the gate is shut to all" end.rs 's/if is_lent \{\s*slot\.gate\.serve\(handle\);\s*\} else \{\s*slot\.gate\.close\(handle\);\s*\}/let _ = is_lent;\n    slot.gate.close(handle);/'
step "lent: the gate is never shut to all" gate.rs 's/if !self\.exchange\(handle\.bits\(\), 0\) \{\s*self\.exchange\(serving\(handle\), 0\);\s*\}/self.exchange(handle.bits(), 0);/'
step "lent: the gate serves all" enter.rs 's/if takes_back \{ Gate::admits_taking_back \} else \{ Gate::admits \}/{ let _ = (takes_back, Gate::admits); Gate::admits_taking_back }/'
step "lent: the gate serves none" enter.rs 's/if takes_back \{ Gate::admits_taking_back \} else \{ Gate::admits \}/{ let _ = (takes_back, Gate::admits_taking_back); Gate::admits }/'
step "lent: served where C has said that it is done" end.rs 's/step\.to\.claims\.c\.then_some\(Closed::Serving\)/{ let _ = step; Some(Closed::Serving) }/'
step "lent: wakes nobody" end.rs 's/(Event::Serve\)\.ok\(\)\?;\s*)changed\(slot\);/$1/'
step "lent: deferred where C has said that it is done" close.rs 's/if deferred\.claims\.lent && !deferred\.claims\.c \{\s*return None;\s*\}//'
step "lent: the last call out ends it" end.rs 's/if deferred\.claims\.lent \{\s*return serve\(handle, slot\);\s*\}/let _ = deferred;/'
step "lent: the closer ends it" close.rs 's/if quiet && closing\.claims\.lent \{\s*return serve\(handle, slot\);\s*\}/let _ = closing;/'
step "lent: a close waits for what serves" close.rs 's/Phase::Serving => return Some\(Closed::Serving\),//'
step "lent: many are ended" close.rs 's/!is_lent && is_quiet && end_quiet/{ let _ = is_lent; true } \&\& is_quiet \&\& end_quiet/'
step "lent: many are shut to all" close.rs 's/shut\(at\.handle, at\.slot, is_lent\);/shut(at.handle, at.slot, false);/'
step "lent: a release leaves it to C" owned.rs 's/let is_lent = self\.state\(\)\.is_some_and\(\|state\| state\.claims\.lent\);/let is_lent = false;/'
step "lent: not from its beginning" slot.rs 's/subject\.table_type\.info\(\)\.keep/false/'
step "child: of what C has given back nothing ends" adopt.rs 's/Phase::Deferred \| Phase::Serving if is_lent_no_more => close_for_lost\(handle, slot\),/_ if is_lent_no_more \&\& false => (),/'
step "end: without a step" end.rs 's/let step = slot\.life\.apply\(handle, event\(ender\)\)\.ok\(\)\?;\s*if step\.to\.phase == Phase::Kept \{/let step = slot.life.apply(handle, event(ender));\n        if step.is_ok_and(|step| step.to.phase == Phase::Kept) {/'
step "end: ends what was leaked" end.rs 's/if step\.to\.phase == Phase::Kept \{.*?\n        \}//s'
step "end: keeps a leaked value silently" end.rs 's/(if step\.to\.phase == Phase::Kept \{\s*)changed\(slot\);/$1/'
step "end: ends what it gives out" end.rs 's/if let \(Purpose::End, Some\(drop_value\)\) = \(purpose, drop_value\)/if let Some(drop_value) = drop_value/'
step "end: ends nothing" end.rs 's/unsafe \{ drop_guarded\(handle, slot, value, drop_value\) \};/let _ = (value, drop_value, drop_guarded as unsafe fn(_, _, _, _));/'
step "end: does not finish" end.rs 's/let finished = slot\.life\.apply\(handle, Event::Finish\);/let finished: Result<Step, ()> = Err(());/'
step "end: wakes nobody" end.rs 's/(let finished = .*?;\s*)changed\(slot\);/$1/'
step "end: frees nothing" end.rs 's/free_if_last\(handle, slot, finished\.ok\(\)\);/let _ = finished;/'
step "end: says that it has ended where it gives out" end.rs 's/if purpose == Purpose::Take \{ Closed::Taken\(value\) \} else \{ Closed::Now \}/Closed::Now/'
step "end: its record is anybodys" end.rs 's/record\.ends\.fetch_add\(1, Ordering::Relaxed\);/record.ends.fetch_add(0, Ordering::Relaxed);/; s/record\.ends\.fetch_sub\(1, /record.ends.fetch_sub(0, /'
step "end: keeps its record for good" end.rs 's/record\.ends\.fetch_sub\(1, /record.ends.fetch_sub(0, /'
step "end: lets a panic out" end.rs 's/let Err\(payload\) = catch_unwind\(dropping\) else \{ return \};/let Err(payload) = Ok::<(), Box<dyn core::any::Any + Send>>(dropping()) else { return };/'
step "leaver: leaves the end to others" end.rs 's/Phase::Deferred => \{\s*try_deferred\(handle, slot, state\);\s*\}/Phase::Deferred => {}/'
step "leaver: ends without a scan" end.rs 's/if is_somebody_inside\(handle, slot\) \{\s*return None;\s*\}//'
step "leaver: does not look at the count" end.rs 's/if details\.callers\.load\(Ordering::Acquire\) != 0 \{\s*return true;\s*\}//'
step "leaver: looks at the hint alone" end.rs 's/let found = RECORDS_OF_THREADS\.iter\(\)\.find\(\|\(_, record\)\| holds\(record\)\);/let found: Option<(u32, \&Record)> = None;/'
step "leaver: ends on any thread" end.rs 's/if may_end_here\(handle, slot\) \{\s*return end\(handle, slot, Purpose::End\);\s*\}\s*leave_to_thread\(handle, slot\);/return end(handle, slot, Purpose::End);\n    #[allow(unreachable_code)]\n    leave_to_thread(handle, slot);/'
step "leaver: does not free what it kept" end.rs 's/Phase::Freeing => ALL_SLOTS\.free_if_unread\(handle, slot\),/Phase::Freeing => {}/'
step "left: is not put on the list" end.rs 's/if !left::put\(handle, slot\) \{/if false {/'
step "left: is not kept where the thread is gone" end.rs 's/if !left::put\(handle, slot\) \{\s*keep_without_its_thread\(handle, slot\);\s*\}/left::put(handle, slot);/'
step "left: wakes nobody" end.rs 's/(keep_without_its_thread\(handle, slot\);\s*\}\s*)changed\(slot\);(\s*\}\s*\}\s*\/\/\/ Keeps a value)/$1$2/'
step "left: the owner does nothing" end.rs 's/while let Some\(left\) = left::take\(record\) \{\s*end_left\(left\);\s*\}/let _ = (record, left::take, end_left as fn(_));/'
step "left: a thread that ends leaves its list open" end.rs 's/if thread::own_record\(\)\.is_none_or\(left::close\) \{\s*return;\s*\}/let _ = left::close;\n        return;/'
step "left: is ended by the next thread" end.rs 's/if may_end_here\(handle, slot\) \{(\s*end_by\(Event::EndLeft)/if true {$1/'
step "left: put on the list of another" left.rs 's/record\.number\(\) != slot\.thread\(\) \|\| //'
step "left: put on the list of a thread that is gone" left.rs 's/ \|\| !record\.is_running\(\)//'
step "left: put on a closed list" left.rs 's/if first == CLOSED \{\s*return false;\s*\}//'
step "left: put without a look" left.rs 's/match record\.left\.compare_exchange\(first, new, Ordering::Release, Ordering::Relaxed\) \{/match { record.left.store(new, Ordering::SeqCst); Ok::<u32, u32>(first) } {/'
step "left: takes all at once" left.rs 's/let next = slot\.details\(\)\.next\.load\(Ordering::Relaxed\);/let next = 0;/'
step "left: closed with slots on it" left.rs 's/let closed = record\.left\.compare_exchange\(0, CLOSED, Ordering::Relaxed, Ordering::Relaxed\);\s*matches!\(closed, Ok\(_\) \| Err\(CLOSED\)\)/record.left.swap(CLOSED, Ordering::AcqRel);\n    true/'
step "left: a list stays closed" record.rs 's/let _ = self\.left\.compare_exchange\(CLOSED, 0, Ordering::Relaxed, Ordering::Relaxed\);//'

# Owners.
step "release: gives up nothing" owned.rs 's/if !is_lent \{\s*registered\.give_up\(Event::Release\);\s*\}/let _ = registered;/'
step "release: lets C keep its claim" owned.rs 's/(if !is_lent \{\s*registered\.give_up\()Event::Release/$1Event::LetGo/'
step "release: does not refuse calls into C" owned.rs 's/outgoing::refuse\(self\.0\.slot\);//'
step "outgoing: not awaited" outgoing.rs 's/ties\.is_none\(\) \|\| unsafe/true || unsafe/'
step "outgoing: not refused" outgoing.rs 's/if self\.0\.slot\.details\(\)\.ties\.is_released\(\) \{ None \}/if false { None }/'
step "outgoing: does not look back" outgoing.rs 's/self\.pass\.withdraw\(self\.at\.handle\);/thread::withdraw(self.pass.way, \&self.at.slot.details().callers);/'
step "outgoing: wakes nobody" outgoing.rs 's/            changed\(self\.at\.slot\);/            let _ = changed as fn(_);/'
step "outgoing: frees nothing" outgoing.rs 's/free_if_due\(handle\.index\(\), slot\);/let _ = (handle, free_if_due as fn(_, _));/'
step "outgoing: does not keep the slot" slot.rs 's/let is_unread = details\.ties\.is_none\(\)\s*&& /let is_unread = /'
step "drop: ends nothing" owned.rs 's/let _: Closed = self\.close\(Wait::Never, Purpose::End\);\n        self\.give_up/self.give_up/'
step "drop: keeps its claim" owned.rs 's/self\.give_up\(Event::LetGo\);\n        settle\(\);/settle();/'
step "hand-over: keeps its claim" owned.rs 's/(fn hand_over\(self\) \{.*?)registered\.give_up\(Event::LetGo\);/$1let _ = registered;/s'
step "give back: keeps its claim" owned.rs 's/if awaits_last_call \|\| !registered\.give_up\(Event::GiveBack\) \{\s*registered\.give_up\(Event::LetGo\);\s*\}/let _ = (registered, awaits_last_call);/'
step "give back: waits for C" owned.rs 's/if awaits_last_call \|\| !registered\.give_up\(Event::GiveBack\) \{\s*registered\.give_up\(Event::LetGo\);\s*\}/let _ = awaits_last_call; registered.give_up(Event::LetGo);/'
step "end of a borrow: does not wait" owned.rs 's/registered\.close\(Wait::Forever, Purpose::End\)/registered.close(Wait::Never, Purpose::End)/'
step "guest: a release ends nothing" owned.rs 's/self\.given_up\(Event::Release\)\?;\s*Ok\(self\.registered\.release\(at\)\)/self.given_up(Event::Release)?;\n        let _ = at;\n        Ok(Ended::Now)/'
step "guest: a drop ends nothing" owned.rs 's/(self\.given_up\(Event::LetGo\)\?;\s*)let _: Closed = self\.close\(Wait::Never, Purpose::End\);/$1/'
step "guest: a leak leaks nothing" owned.rs 's/if self\.registered\.leak\(\) \{\s*return Ok\(true\);\s*\}/if self.registered.state().is_some_and(|state| state.claims.host) \&\& self.give_up(Event::LetGo) {\n            return Ok(true);\n        }/'
step "guest: is one without a claim" owned.rs 's/self\.registered\(\)|self\.state\(\)\.is_some_and\(\|state\| state\.claims\.host\)/true/; s/registered\.state\(\)\.is_some_and\(\|state\| state\.claims\.host\)/true/'
step "notify: ends nothing" notify.rs 's/unsafe \{ close\(Reached \{ handle, slot \}, Wait::Never, Purpose::End\) \}/{ let _ = (close as unsafe fn(_, _, _) -> _, Reached { handle, slot }, Wait::Never, Purpose::End); }/'
step "notify: takes any type" notify.rs 's/if !key\.is_of\(unsafe \{ slot\.subject\(\) \}\) \{/if false {/'
step "notify: comes twice" notify.rs 's/slot\.life\.apply\(handle, Event::Notify\)\?;/let _ = slot.life.apply(handle, Event::Notify);/'

# Slots.
step "slots: freed while somebody reads" slot.rs 's/details\.readers\.load\(Ordering::Acquire\) == 0\n\s*&& //'
step "slots: freed while somebody is counted" slot.rs 's/== 0\n\s*&& details\.callers\.load\(Ordering::Relaxed\) == 0;/== 0;/'
step "slots: freed without a step" slot.rs 's/if slot\.life\.apply\(handle, crate::life::Event::Free\)\.is_err\(\) \{\s*return;\s*\}/let _ = slot.life.apply(handle, crate::life::Event::Free);/'
step "slots: a reader does not count" slot.rs 's/slot\.details\(\)\.readers\.fetch_add\(1, Ordering::SeqCst\);/slot.details().readers.fetch_add(0, Ordering::SeqCst);/; s/readers\.fetch_sub\(1, /readers.fetch_sub(0, /'
step "slots: a reader reads in any state" slot.rs 's/slot\.life\.state\(handle\)\.is_some_and\(\|state\| state\.is_readable\(\)\)\.then_some\(reader\)/Some(reader)/'
step "slots: the last reader frees nothing" slot.rs 's/free_if_due\(self\.handle\.index\(\), self\.slot\);/let _ = free_if_due as fn(_, _);/'
step "slots: no new generation" slot.rs 's/generations\.fetch_add\(1, Ordering::Relaxed\);/generations.fetch_add(0, Ordering::Relaxed);/'
step "slots: never retired" slot.rs 's/if details\.generations\.load\(Ordering::Relaxed\) < GENERATIONS \{/if true {/'
step "slots: the list has no age" slot.rs 's/\(head >> 32\)\.wrapping_add\(1\) << 32/(head >> 32) << 32/'
step "slots: taken without a look" slot.rs 's/(fn pop.*?)match self\.exchange_head\(head, next\) \{/$1match { self.free.store(u64::from(next), Ordering::SeqCst); Ok::<u64, u64>(head) } {/s'
step "slots: put back without a look" slot.rs 's/(fn push\(.*?)match self\.exchange_head\(head, index \+ 1\) \{/$1match { self.free.store(u64::from(index + 1), Ordering::SeqCst); Ok::<u64, u64>(head) } {/s'
step "slots: never put back" slot.rs 's/self\.push_unless_retired\(handle, details\);/let _ = Self::push_unless_retired;/'
step "slots: opened before it is complete" slot.rs 's/(slot\.restriction\.store\(thread, Ordering::Relaxed\);)(.*?)        slot\.gate\.open\(handle\);/        slot.gate.open(handle);\n        $1$2/s'
step "slots: opened without a lock" slot.rs 's/slot\.restriction\.store\(thread, Ordering::Relaxed\);/let _ = thread;/'
step "slots: two are inside of an exclusive one" slot.rs 's/self\.restriction\.compare_exchange\(0, 1, Ordering::Acquire, Ordering::Relaxed\)\.is_ok\(\)/{ self.restriction.store(1, Ordering::SeqCst); true }/'
step "slots: an exclusive one stays locked" slot.rs 's/self\.restriction\.store\(0, Ordering::Release\);//'
step "slots: an instance is never given back" slot.rs 's/instance\.give_back\(\);/let _ = instance;/'
step "slots: a table is never given back" slot.rs 's/table_type\.arena\(handle\.kind\(\)\)\.give_back\(position\);/let _ = (table_type, position);/'
step "slots: a table is given back while C may read it" slot.rs 's/if !state\.claims\.c \{/if true {/'

# Records.
step "records: claims are not counted" record.rs 's/\(\(owner >> 32\)\.wrapping_add\(1\)\) << 32/(owner >> 32) << 32/'
step "records: claimed without a look" record.rs 's/let Some\(claims\) = self\.reclaim\(seen\) else \{ return false \};(\s*\/\/ A list)/let claims = next_claim(seen);$1/'
step "records: the owner is seen before it is noted" record.rs 's/(let Some\(claims\) = self\.reclaim\(seen\) else \{ return false \};)(\s*\/\/ A list)/$1 self.owner.store(claims | u64::from(claimer.thread), Ordering::Release);$2/'
step "records: lost without a second look" record.rs 's/!self\.is_running\(\) && is_here\(self\) && /!self.is_running() \&\& { let _ = is_here; true } \&\& /'
step "records: lost though it has another owner" record.rs 's/ && self\.owner\.load\(Ordering::Relaxed\) == owner/ \&\& { let _ = owner; true }/'
step "records: one that was never used is free" record.rs 's/seen != 0 && seen as u32 == 0/seen as u32 == 0/'
step "records: taken from whoever has it" record.rs 's/record\.claim\(0, claimer\)/record.claim(record.owner.load(Ordering::Acquire), claimer)/; s/seen != 0 && seen as u32 == 0/seen as u32 == 0/'
step "records: freed without a look" record.rs 's/let Some\(claims\) = self\.reclaim\(seen\) else \{ return false \};(\s*clear\(\);)/let claims = next_claim(seen);$1/'
step "records: freed with a call inside" record.rs 's/!record\.is_running\(\) && !record\.is_inside\(\) && !record\.is_ending\(\)/!record.is_running() \&\& !record.is_ending()/'
step "records: freed by one that looks for calls first" record.rs 's/!record\.is_running\(\) && !record\.is_inside\(\) && !record\.is_ending\(\)/!record.is_inside() \&\& !record.is_running() \&\& !record.is_ending()/'
step "records: freed while it ends something" record.rs 's/!record\.is_running\(\) && !record\.is_inside\(\) && !record\.is_ending\(\)/!record.is_running() \&\& !record.is_inside()/'
step "records: freed while the thread runs" record.rs 's/!record\.is_running\(\) && !record\.is_inside\(\) && !record\.is_ending\(\)/!record.is_inside() \&\& !record.is_ending()/'
step "records: taken over with a call inside" record.rs 's/&& !record\.is_inside\(\)\n            && !record\.is_ending\(\);/\&\& !record.is_ending();/'
step "records: taken over while it ends something" record.rs 's/&& !record\.is_inside\(\)\n            && !record\.is_ending\(\);/\&\& !record.is_inside();/'
step "records: taken over at another address" record.rs 's/record\.address\.load\(Ordering::Relaxed\) == claimer\.address\n\s*&& //'
step "records: taken over while it is freed" record.rs 's/&& seen as u32 != RECLAIMING\n//'
step "records: never taken over" record.rs 's/self\.claim_left_behind\(claimer\)\n\s*\.or_else\(\|\| (self\.claim_free\(claimer\))\)/{ let _ = Self::claim_left_behind; $1 }/'
step "records: never swept" record.rs 's/self\.used\(\) >= self\.sweep_at\.load\(Ordering::Relaxed\) && self\.sweep\(\)/{ let _ = Self::sweep; false }/'
step "records: a sweep counts nothing" record.rs 's/self\.note_free\(freed\);//'
step "records: a look counts nothing" record.rs 's/self\.note_free\(1\);//'
step "records: not marked" record.rs 's/self\.mark\(\*number\);/let _ = number;/'
step "records: marks stay" record.rs 's/self\.owned\[group\]\.fetch_and\(!bit, Ordering::Release\);/let _ = (group, bit);/'
step "records: unmarked when it may be anothers" record.rs 's/clear\(\);\n(        self\.address\.store\(0, Ordering::Relaxed\);\n        self\.owner\.store\(claims, Ordering::Release\);)/$1\n        clear();/'
step "records: a scan goes on one later" record.rs 's/owned >> skipped << skipped/owned >> skipped << skipped << 1/'
step "records: scans look for nobody who is gone" record.rs 's/self\.look_at\(scans \/ SCANS_OF_A_LOOK % used\);/let _ = Self::look_at;/'

# Children.
step "child: is never known as one" child.rs 's/Some\(word\) => word\.load\(Ordering::Acquire\) & STATE != KNOWN,/Some(word) => false \&\& word.load(Ordering::Acquire) \& STATE != KNOWN,/'
step "child: is never known by its number" child.rs 's/known != 0 && known != System::process\(\)/false \&\& known != System::process()/'
step "child: has its parents number in another namespace" child.rs 's/let Some\(word\) = word\(\) else \{ return System::process\(\) \};/let Some(word) = word().filter(|_| false) else { return System::process() };/'
step "child: is told from its parent only when it is known" child.rs 's/load\(Ordering::Relaxed\)\.wrapping_add\(1\)/load(Ordering::Relaxed)/'
step "child: gives its number to its own child" child.rs 's/let _ = PROCESS\.fetch_update\(Ordering::Relaxed, Ordering::Relaxed, higher\);/let _ = higher;/'
step "child: others count while it forgets" child.rs 's/ & STATE == ADOPTING \{\n        yield/ \& STATE == ADOPTING \&\& false {\n        yield/'
step "child: is unknown for ever" child.rs 's/let _ = word\.compare_exchange\(adopting, known, Ordering::Release, Ordering::Relaxed\);/let _ = (adopting, known);/'
step "child: has taken over whatever the word says" child.rs 's/let _ = word\.compare_exchange\(adopting, known, Ordering::Release, Ordering::Relaxed\);/let _ = adopting;\n    word.store(known, Ordering::Release);/'
step "child: any thread takes over" child.rs 's/if !System::is_first_thread\(\) \{/if false {/'
step "child: does not note that it had other threads" child.rs 's/let _ = word\.compare_exchange\(fresh, noticed, Ordering::Relaxed, Ordering::Relaxed\);/let _ = (fresh, noticed);/'
step "child: believes that it is alone" child.rs 's/return Role::Heir \{ alone: false \}/return Role::Heir { alone: true }/'
step "child: keeps the others cells" record.rs 's/self\.cells\.iter\(\)\.for_each\(\|cell\| cell\.store\(0, Ordering::Relaxed\)\);//'
step "child: keeps the others depths" record.rs 's/self\.depth\.store\(0, Ordering::Relaxed\);//'
step "child: keeps what the others end" record.rs 's/self\.ends\.store\(0, Ordering::Relaxed\);//'
step "child: keeps for whom the others wait" record.rs 's/self\.waits_for\.store\(0, Ordering::Relaxed\);//'
step "child: frees its own record" adopt.rs 's/own\.keep_in_child\(&thread::claimer\(\)\);/let _ = own;/'
step "child: frees the record that it keeps" record.rs 's/self\.owner\.store\(claims \| u64::from\(RECLAIMING\), Ordering::Relaxed\);//'
step "child: others leave values to its first thread" end.rs 's/if child::is_bystander\(\) \{/if false {/'
step "child: keeps its old number" adopt.rs 's/own\.keep_in_child\(&thread::claimer\(\)\);/own.keep_in_child(\&crate::record::Claimer { thread: own.thread(), ..thread::claimer() });/'
step "child: frees no record" record.rs 's/self\.all\(\)\.filter\(free\)\.count\(\)/{ let _ = free; self.all().filter(|_| false).count() }/'
step "child: counts no freed record" record.rs 's/self\.note_free\((self\.all\(\)\.filter\(free\)\.count\(\) as u32)\);/let _ = $1;/'
step "child: looks first at what a record noted" record.rs 's/(        let free = \|\(number, record\): .*?\n)(            record\.free_if\()(.*?)record\.is_inherited\(process\) && /$1            let is_inherited = record.is_inherited(process);\n$2$3is_inherited \&\& /s'
step "child: trusts the counts" adopt.rs 's/details\.lost\.store\(is_lost\.into\(\), Ordering::Relaxed\);/let _ = is_lost;/'
step "child: forgets the calls that keep a value" record.rs 's/&& !record\.published\(\)\.any\(&stays\),/\&\& { let _ = \&stays; true },/'
step "child: forgets the counted calls that keep a value" adopt.rs 's/if knows_calls && !waits \{/if knows_calls {/'
step "child: keeps records for late calls" adopt.rs 's/!state\.phase\.is_past_calls\(\)/{ let _ = Phase::is_past_calls; let _ = state; true }/'
step "child: keeps the counts" adopt.rs 's/details\.callers\.store\(0, Ordering::Relaxed\);//'
step "child: forgets its own counted calls" adopt.rs 's/let knows_calls = alone && !thread::is_deep\(\);/let knows_calls = alone;/'
step "child: keeps the readers" adopt.rs 's/details\.readers\.store\(0, Ordering::Relaxed\);//'
step "child: forgets what it reads" adopt.rs 's/let knows_readers = alone && !thread::is_reading\(\);/let knows_readers = alone;/'
step "child: frees nothing that is due" adopt.rs 's/free_if_due\(index, slot\);/let _ = free_if_due;/'
step "child: leaves open what was given up" adopt.rs 's/Phase::Live if state\.claims\.is_none\(\) \|\| /Phase::Live if /'
step "child: calls what a lost thread has lent" adopt.rs 's/Phase::Live if state\.claims\.is_none\(\) \|\| is_lender_gone =>/Phase::Live if state.claims.is_none() =>/'
step "child: takes back what a lost thread has lent" adopt.rs 's/if is_lender_gone && state\.claims\.lent \{/if false \&\& state.claims.lent {/'
step "child: takes a lost lender for its own" record.rs 's/!record\.is_inherited\(process\) && record\.number\(\) == number/{ let _ = process; record.number() == number }/'
step "child: takes no close over" adopt.rs 's/matches!\(state\.phase, Phase::Closing \| Phase::Ending\)/matches!(state.phase, Phase::Ending)/'
step "child: takes no end over" adopt.rs 's/matches!\(state\.phase, Phase::Closing \| Phase::Ending\)/matches!(state.phase, Phase::Closing)/'
step "child: takes its own closes over" adopt.rs 's/Phase::Ending\) && is_lost\(state\) \{/Phase::Ending) \&\& (is_lost(state) || true) {/'
step "child: frees the records of those who end something first" adopt.rs 's/(        each_occupant\(take_over\);\n)(.*?)(        RECORDS_OF_THREADS\.free_inherited.*?\n)/$3$1$2/s'
step "child: ends nothing that is deferred" adopt.rs 's/IS_LEFT\.store\(1, Ordering::Release\);//'
step "child: closes what its own threads lend" adopt.rs 's/is_some_and\(\|lender\| !is_here\(lender\)\)/is_some_and(|lender| { let _ = is_here(lender); true })/'
step "child: keeps what is lent" adopt.rs 's/ && lender\(handle, slot\)\.is_none\(\)//'
step "child: leaves the gate of a lost closer open" end.rs 's/(fn give_up_ender.*?)shut\(handle, slot, state\.claims\.lent\);/$1/s'
step "child: leaves values to threads that there are not" adopt.rs 's/Phase::Left if !is_left_to_this_thread\(handle, slot\) =>/Phase::Left if { let _ = is_left_to_this_thread; false } =>/'
step "child: keeps what is left to its own thread" adopt.rs 's/Phase::Left if !is_left_to_this_thread\(handle, slot\) =>/Phase::Left if { let _ = is_left_to_this_thread; true } =>/'
step "child: lists nothing that was about to be" adopt.rs 's/own\.is_some_and\(\|own\| left::lists\(own, handle\.index\(\)\) \|\| left::put\(handle, slot\)\)/own.is_some_and(|own| left::lists(own, handle.index()))/'
step "child: lists twice" adopt.rs 's/left::lists\(own, handle\.index\(\)\) \|\| left::put\(handle, slot\)/{ let _ = own; left::put(handle, slot) }/'
step "child: no look at a call" enter.rs 's/(fn enter\(.*?)adopt::check\(\);/$1/s'
step "child: no look at a hold" hold.rs 's/    adopt::check\(\);\n    let thread/    let thread/'
step "child: no look at a close" close.rs 's/(unsafe fn close\(.*?)adopt::check\(\);/$1/s'
step "child: no look where a call leaves" enter.rs 's/(fn left_closed.*?)adopt::check\(\);/$1/s'
step "child: no look by number" owned.rs 's/(fn of\(number.*?)adopt::check\(\);/$1/s'

# Instances, tables, the ring, the stash.
step "instances: reserved without a look" instance.rs 's/let reserved =\s*instance\.0\.compare_exchange\(seen, RESERVED, Ordering::Relaxed, Ordering::Relaxed\);/instance.0.store(RESERVED, Ordering::SeqCst);\n            let reserved = Ok::<usize, usize>(seen);/'
step "instances: any that is free" instance.rs 's/2 \* ticket/0 * ticket/'
step "instances: a reserved one is free" instance.rs 's/ && seen != RESERVED//'
step "instances: not given back where there is no slot" hold.rs 's/if let Some\(\(_, instance\)\) = choice \{\s*instance\.give_back\(\);\s*\}//'
step "instances: supplied before the gate is open" hold.rs 's/(    \/\/ SAFETY: the caller.s promise\.\n    let slot = unsafe \{ vacant\.open.*?;\n)(    if let Some\(instance\) = instance \{\n        instance\.supply\(handle\);\n    \}\n)/$2$1/s'
step "tables: two fill at once" arena.rs 's/let _locked = Locked::wait\(&self\.lock\);//'
step "tables: no second look under the lock" arena.rs 's/(let _locked = Locked::wait\(&self\.lock\);\s*)if let Some\(position\) = self\.take_of_current\(\) \{\s*return Some\(position\);\s*\}/$1/'
step "tables: given out beyond what was filled" arena.rs 's/chunk\.left\.store\(filled as u32, Ordering::Release\);/chunk.left.store(self.positions(chunk.length) as u32, Ordering::Release);/'
step "tables: taken without a look" arena.rs 's/let left = chunk\.left\.fetch_update\(Ordering::Acquire, Ordering::Relaxed, fewer\)\.ok\(\)\?;/let left = chunk.left.load(Ordering::Acquire); chunk.left.store(fewer(left)?, Ordering::Release);/'
step "tables: idle with a position out" arena.rs 's/if back == chunk\.filled\.load\(Ordering::Relaxed\) \{/if back + 1 >= chunk.filled.load(Ordering::Relaxed) {/'
step "tables: idle never" arena.rs 's/if back == chunk\.filled\.load\(Ordering::Relaxed\) \{/if false \&\& back == 0 {/'
step "tables: the newest idle chunk first" arena.rs 's/if self\.older\.load\(Ordering::Relaxed\)\.is_null\(\) \{/if true {/'
step "tables: an idle list is lost" arena.rs 's/let older = self\.older\.swap\(next, Ordering::Relaxed\);/let older = ptr::null_mut(); self.older.store(next, Ordering::Relaxed);/'
step "tables: what is back is not forgotten" arena.rs 's/chunk\.back\.store\(0, Ordering::Relaxed\);//'
step "tables: a chunk that could not be filled is lost" arena.rs 's/self\.push_idle\(chunk\);\n            return None;/return None;/'
step "tables: a child waits for its parents lock" lock.rs 's/holder\.is_of_a_parent\(\) \|\| //'
step "tables: a lock stays with a thread that is gone" lock.rs 's/looks == 0 && holder\.is_gone\(\)/false/'
step "addresses: counted before the entry is written" chunks.rs 's/(        let entry = self\.entry\(made .*?)(        \/\/ Release pairs with the Acquire of `find`\.\n        self\.made\.store\(made \+ CHUNK_BYTES, Ordering::Release\);\n)/$2$1/s'
step "addresses: two make at once" chunks.rs 's/let _locked = Locked::wait\(&self\.lock\);//'
step "addresses: more than was reserved" chunks.rs 's/if made == self\.reserved\.load\(Ordering::Relaxed\) \{\s*return None;\s*\}//'
step "addresses: found beyond what was made" chunks.rs 's/if offset >= made \{/if offset >= made + CHUNK_BYTES {/'
step "addresses: not filled again" table_type.rs 's/unsafe \{ put_handle\(to, handle\) \};/let _ = (put_handle as unsafe fn(_, _), handle);/'
step "tables: idle without a look" arena.rs 's/match self\.idle\.compare_exchange\(newest, new, Ordering::Release, Ordering::Relaxed\) \{/match { self.idle.store(new, Ordering::SeqCst); Ok::<*mut Chunk, *mut Chunk>(newest) } {/'
step "stash: put without a look" stash.rs 's/self\.0\.compare_exchange\(ptr::null_mut\(\), new, Ordering::Release, Ordering::Relaxed\)/{ self.0.store(new, Ordering::Release); Ok::<*mut Payload, *mut Payload>(new) }/'
step "stash: taken without a look" stash.rs 's/self\.0\.compare_exchange\(seen, none, Ordering::Acquire, Ordering::Relaxed\)\.ok\(\)\?;/self.0.store(none, Ordering::SeqCst);/'
step "stash: a take opens what is closed" stash.rs 's/self\.0\.compare_exchange\(seen, none, Ordering::Acquire, Ordering::Relaxed\)\.ok\(\)\?;/let seen = self.0.swap(none, Ordering::Acquire); if seen.is_null() || seen == CLOSED { return None; }/'
step "stash: closed without a swap" stash.rs 's/let seen = self\.0\.swap\(CLOSED, Ordering::Acquire\);/let seen = self.0.load(Ordering::Acquire); self.0.store(CLOSED, Ordering::Release);/'
step "stash: stays open" stash.rs 's/self\.0\.swap\(CLOSED, Ordering::Acquire\)/self.0.swap(ptr::null_mut(), Ordering::Acquire)/'
step "stash: stays closed" stash.rs 's/self\.0\.store\(ptr::null_mut\(\), Ordering::Relaxed\);//'
step "ring: two push into one entry" ring.rs 's/self\.tail\.compare_exchange_weak\(\s*position,\s*position \+ 1,\s*Ordering::Relaxed,\s*Ordering::Relaxed,\s*\)/{ self.tail.store(position + 1, Ordering::Relaxed); Ok::<usize, usize>(position) }/s'
step "ring: two pop one entry" ring.rs 's/self\.head\.compare_exchange_weak\(\s*position,\s*position \+ 1,\s*Ordering::Relaxed,\s*Ordering::Relaxed,\s*\)/{ self.head.store(position + 1, Ordering::Relaxed); Ok::<usize, usize>(position) }/s'
step "ring: pushes into a full one" ring.rs 's/if seen == turn \{/if seen == turn || seen < turn {/'
step "ring: pops from an empty one" ring.rs 's/if seen == turn \+ 1 \{/if seen == turn + 1 || seen == turn {/'
step "ring: full before the value is there" ring.rs 's/(unsafe \{ entry\.value\.write\(\)\.cast::<T>\(\)\.write\(value\) \};)\s*(entry\.turn\.store\(turn \+ 1, Ordering::Release\);)/$2 $1/s'

calls="calls|closes|owners|slots|wakes"
weaken gate "$calls|records"
weaken life "$calls|local|gone|forks"
weaken slot "$calls|forks"
weaken record "calls|closes|records|gone|local|forks"
weaken wait "wakes|destructors|closes|gone"
weaken close "closes|owners"
weaken ties "outgoing"
weaken end "$calls|local"
weaken left "local|forks"
weaken child "forks"
weaken adopt "forks"
weaken instance "instances"
weaken ring "ring"
weaken stash "stash|closes"
weaken arena "tables|addresses"
weaken lock "tables|addresses"
weaken chunks "addresses"
weaken barrier "barriers|calls"

echo "$caught mutants caught, $equivalent known to have no effect, in $((SECONDS / 60)) minutes"
for name in "${missed[@]}"; do echo "MISSED: $name" >&2; done
[ ${#missed[@]} = 0 ]
