package outlive

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostHolders is how many lines an error names.
const mostHolders = 5

// holders says which lines hold the instances of a context-free table: "12 held at x.go:10, 3 at y.go:7".
func holders(table string) string {
	counts := map[Place]int{}
	for _, entry := range Ledger() {
		if entry.Table == table {
			counts[entry.Created]++
		}
	}
	byCount := func(a, b Place) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	}
	var named []string
	others := 0
	for i, place := range slices.SortedFunc(maps.Keys(counts), byCount) {
		switch {
		case i == 0:
			named = append(named, fmt.Sprintf("%d held at %v", counts[place], place))
		case i < mostHolders:
			named = append(named, fmt.Sprintf("%d at %v", counts[place], place))
		default:
			others += counts[place]
		}
	}
	if others > 0 {
		named = append(named, fmt.Sprintf("%d elsewhere", others))
	}
	return strings.Join(named, ", ")
}
