//go:build !linux

// Package vde is imported where package vde cannot be built, and says why in the error of its compilation.
package vde

const _ int = "package vde is for Linux: the hub that it runs is for no other system"
