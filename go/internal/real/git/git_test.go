package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"outlive.dev/go/internal/real/git"
	"outlive.dev/go/outlive"
)

const commits = 50

// teller keeps what libgit2 tells of a clone.
type teller struct {
	git.RemoteCallbacks // what no clone of a local repository calls
	said                strings.Builder
	progress            []git.IndexerProgress
	tips                map[string][2]git.Oid
	stopAt              int
}

func (h *teller) SidebandProgress(text []byte) int32 {
	h.said.Write(text)
	return 0
}

func (h *teller) TransferProgress(stats *git.IndexerProgress) int32 {
	h.progress = append(h.progress, *stats)
	if h.stopAt != 0 && len(h.progress) == h.stopAt {
		return -1
	}
	return 0
}

func (h *teller) UpdateTips(refname string, before, after *git.Oid) int32 {
	h.tips[refname] = [2]git.Oid{*before, *after}
	return 0
}

func (*teller) PackProgress(int32, uint32, uint32) int32 { return 0 }

func repository(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "from.git")
	if err := git.NewRepository(path, commits); err != "" {
		t.Fatal(err)
	}
	return path
}

func held(t *testing.T, host git.RemoteCallbacks) *git.Held {
	t.Helper()
	held, err := git.Hold(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := held.Release(); err != nil {
			t.Error(err)
		}
	})
	return held
}

func TestACloneTellsGoHowItGoes(t *testing.T) {
	host := &teller{tips: map[string][2]git.Oid{}}
	from, to := repository(t), filepath.Join(t.TempDir(), "to.git")
	if err := git.Clone(held(t, host), from, to); err != "" {
		t.Fatal(err)
	}
	if len(host.progress) == 0 {
		t.Fatal("no progress")
	}
	// Each commit has a tree and a blob.
	last := host.progress[len(host.progress)-1]
	if last.TotalObjects != 3*commits || last.ReceivedObjects != 3*commits || last.ReceivedBytes == 0 {
		t.Errorf("%+v", last)
	}
	if !strings.Contains(host.said.String(), "Counting objects") {
		t.Errorf("%q", host.said.String())
	}
	none, found := git.Oid{}, false
	for _, tip := range host.tips {
		found = found || tip[0] == none && tip[1] != none
	}
	if !found {
		t.Errorf("%+v", host.tips)
	}
}

func TestAMethodEndsTheClone(t *testing.T) {
	host := &teller{tips: map[string][2]git.Oid{}, stopAt: 2}
	to := filepath.Join(t.TempDir(), "to.git")
	if err := git.Clone(held(t, host), repository(t), to); err == "" {
		t.Error("it went on")
	}
	if len(host.progress) != 2 {
		t.Error(len(host.progress))
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("libgit2 has left something there")
	}
}

func TestARevokedTableEndsTheClone(t *testing.T) {
	host := &teller{tips: map[string][2]git.Oid{}}
	table := held(t, host)
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	outlive.TakeIncidents()
	if err := git.Clone(table, repository(t), filepath.Join(t.TempDir(), "to.git")); err == "" {
		t.Error("it went on")
	}
	incidents := outlive.TakeIncidents()
	if len(host.progress) != 0 || len(incidents) == 0 || incidents[0].ID != table.ID() {
		t.Error(len(host.progress), incidents)
	}
}

// A method that is nil in the embedded interface panics, which is libgit2's error.
func TestAPanicEndsTheClone(t *testing.T) {
	host := &struct{ git.RemoteCallbacks }{}
	if err := git.Clone(held(t, host), repository(t), filepath.Join(t.TempDir(), "to.git")); err == "" {
		t.Error("it went on")
	}
}
