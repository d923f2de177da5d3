//go:build cgo && !outlive_system && !android

package outlive

import _ "outlive.dev/go/lib/linux-arm64"
