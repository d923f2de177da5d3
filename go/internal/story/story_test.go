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
	for _, line := range []string{"naive: the hub listens", "each one looked at", "hubs closed", "unreachable", "nothing"} {
		if !strings.Contains(told.String(), line) {
			t.Errorf("%q is not told", line)
		}
	}
}
