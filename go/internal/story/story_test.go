package story_test

import (
	"os"
	"strings"
	"testing"

	"outlive.dev/go/internal/story"
)

func TestMain(m *testing.M) {
	story.Child()
	os.Exit(m.Run())
}

func TestTheStory(t *testing.T) {
	size := story.Full
	if testing.Short() {
		size = story.Short
	}
	var told strings.Builder
	err := story.Run(&told, size)
	t.Log(told.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"return C.init_vde_context(table)", "event_add=0x0", "=> the members read 0x0", "=> it has crashed",
		"=> a callback that was meant for one hub", "each one looked at", "hubs closed",
		"outlive: late call: vde_event_handler.event_add", "unreachable", "held, err := vde.Hold(host)",
		"=> the members are what they were", "\nnothing\n",
	} {
		if !strings.Contains(told.String(), line) {
			t.Errorf("%q is not told", line)
		}
	}
	if late := strings.Count(told.String(), "outlive: late call: vde_event_handler.event_add"); late > 1 {
		t.Errorf("one incident is told %d times", late)
	}
}
