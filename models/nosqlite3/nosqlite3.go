// Package sqlite3 is empty on purpose. GORM's SQLite driver imports this path for
// its own engine, which needs a C compiler and lacks full-text search; the shop
// hands it a connection of modernc.org/sqlite instead (models/sqlite.go). The
// replace directive in go.mod puts this package in the engine's place, so that
// one engine is compiled and linked, not two.
package sqlite3
