package outlive_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

func init() {
	children["report"] = func() {
		h, k := held(nil, &listener{}, outlive.CallerSkip(1))
		leaked := must(keeper.Hold(&listener{}))
		must(0, leaked.Leak())
		released := must(keeper.Hold(&listener{}))
		must(0, released.Release())
		h.Revoke()
		k.Fire(1)
		k.Fire(1)
		if must(outlive.Report(os.Stdout)) != 1 {
			os.Exit(4)
		}
	}
	children["report of nothing"] = func() {
		h, k := held(nil, &listener{}, outlive.CallerSkip(1))
		k.Fire(1)
		h.Release()
		if must(outlive.Report(os.Stdout)) != 0 {
			os.Exit(4)
		}
	}
}

func TestTheReportNamesWhatIsHeldByWhomAndWhatWasRefused(t *testing.T) {
	output, state := child(t, "report")
	if !state.Success() {
		t.Fatalf("%v\n%s", state, output)
	}
	for _, wanted := range []string{
		"1 not released, 1 leaked on purpose",
		`keeper_listener #\d+ \(keeper.Listener\): ended, held at \S+report_test.go:\d+, ended at \S+report_test.go:\d+`,
		"incident: late call, 2 times",
		"leaked on purpose; 0 calls inside",
		"set OUTLIVE_DEBUG=1",
	} {
		if !regexp.MustCompile(wanted).MatchString(output) {
			t.Errorf("%q is not in\n%s", wanted, output)
		}
	}
	if strings.Contains(output, "held for") {
		t.Error(output)
	}
}

func TestWithDebugTheReportHasAgesAndStacks(t *testing.T) {
	t.Setenv("OUTLIVE_DEBUG", "1")
	output, state := child(t, "report")
	if !state.Success() {
		t.Fatalf("%v\n%s", state, output)
	}
	// The stack begins at the line that holds, and one that was leaked on purpose has none.
	stack := `\n\theld for \S+ by\n\toutlive.dev/go/outlive_test.init\S*\n\t\t\S+report_test.go:\d+\n\toutlive.dev/go/outlive_test.TestMain\n`
	if found := regexp.MustCompile(stack).FindAllString(output, -1); len(found) != 1 {
		t.Errorf("%d stacks in\n%s", len(found), output)
	}
	if strings.Contains(output, "OUTLIVE_DEBUG") {
		t.Error(output)
	}
}

func TestTheReportOfNothingIsEmpty(t *testing.T) {
	t.Setenv("OUTLIVE_DEBUG", "1")
	output, state := child(t, "report of nothing")
	if !state.Success() || output != "" {
		t.Errorf("%v\n%s", state, output)
	}
}

func TestAWordThatOutliveDebugDoesNotKnowIsTold(t *testing.T) {
	t.Setenv("OUTLIVE_DEBUG", "yes")
	output, state := child(t, "report of nothing")
	if !state.Success() || output != "outlive: OUTLIVE_DEBUG=yes has no meaning: it may be 1\n" {
		t.Errorf("%v\n%s", state, output)
	}
}

type fullDisk struct{}

var errFull = errors.New("the disk is full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestTheReportGivesTheErrorOfItsWriter(t *testing.T) {
	h := must(keeper.Hold(&listener{}))
	defer h.Release()
	if left, err := outlive.Report(fullDisk{}); left < 1 || !errors.Is(err, errFull) {
		t.Error(left, err)
	}
}
