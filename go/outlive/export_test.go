package outlive

// Kept says how many values are kept for C.
func Kept() int { return entryCount() }
