package outlive

// Kept says how many values are kept for C.
func Kept() int { return entryCount() }

// GroupSize says how many members a group keeps, those that have left too.
func GroupSize(g *Group) int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return len(g.members)
}
