package models

import "gorm.io/gorm"

// leastOrderID is the id that the next order's is above, in a database that was restored; else 0.
// It is SQLite's user_version, a number that a file keeps for its program and that nothing else of
// the shop uses: a copy of the file and VACUUM keep it, too.
func leastOrderID(db *gorm.DB) (id int64, err error) {
	err = query(db, []any{&id}, "SELECT user_version FROM pragma_user_version")
	return id, err
}
