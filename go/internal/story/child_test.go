package story

import (
	"slices"
	"strings"
	"testing"
)

func TestLinesThatDifferInNumbersAreToldOnce(t *testing.T) {
	told := counted("late call of #1\nbad token\nlate call of #22\nlate call of #3\n")
	if !slices.Equal(told, []string{"late call of #1 (3 times)", "bad token"}) {
		t.Errorf("%q", told)
	}
}

func TestAChildsLinesAreIndentedHoweverTheyCome(t *testing.T) {
	var text strings.Builder
	to := &indented{to: &text}
	for _, piece := range []string{"one", " line\n", "two\nthree\n"} {
		to.Write([]byte(piece))
	}
	if text.String() != "  | one line\n  | two\n  | three\n" {
		t.Errorf("%q", text.String())
	}
}
