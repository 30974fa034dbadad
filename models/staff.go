package models

import (
	"context"
	"slices"
	"time"
)

// Role is what a member of staff may do.
type Role string

// The roles; each may do what those before it may.
const (
	RoleViewer  Role = "viewer"  // sees
	RoleClerk   Role = "clerk"   // ships, answers, edits stock
	RoleManager Role = "manager" // refunds, captures, prices, staff
)

// Roles are all roles, the least first.
var Roles = []Role{RoleViewer, RoleClerk, RoleManager}

// Includes reports whether somebody with role r may do what the role least may.
func (r Role) Includes(least Role) bool {
	return slices.Index(Roles, r) >= slices.Index(Roles, least) && slices.Contains(Roles, r)
}

// Staff is somebody who runs the shop. They are never a customer: their sign-in and their
// sessions are their own.
type Staff struct {
	ID           int64
	Email        string
	Name         string
	Role         Role
	Lang         Lang
	PasswordHash string
	// PasswordUntil is until when a generated password opens a session, in which they choose
	// their own; nil: it is their own.
	PasswordUntil *time.Time
	TOTPSecret    string `gorm:"column:totp_secret"` // sealed; "" until the second factor is set up
	TOTPStep      int64  `gorm:"column:totp_step"`   // the last time step a code was taken for
	DisabledAt    *time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// TableName is the table of staff.
func (Staff) TableName() string { return "staff" }

// Actor is who does something in the back office, and from where.
type Actor struct {
	StaffID int64  // 0: the command line
	Email   string // for the audit list, which outlives a change of address
	Address string // the network address
}

// staffID is the actor's id as the tables have it, nil for the command line.
func (a Actor) staffID() *int64 {
	if a.StaffID == 0 {
		return nil
	}
	return &a.StaffID
}

// NewStaff is somebody who is to run the shop.
type NewStaff struct {
	Name, Email, Password string
	Role                  Role
	Lang                  Lang
}

// AddStaff adds a member of staff and reports whether it did: one who is there already with this
// address stays as they are.
func (s *Store) AddStaff(ctx context.Context, by Actor, n NewStaff) (added bool, err error) {
	email, ok := parseEmail(n.Email)
	if !ok {
		return false, wrongField("email", emailProblem(n.Email))
	}
	if !slices.Contains(Roles, n.Role) {
		return false, wrongField("role", "admin.error.role")
	}
	if why := checkPassword(n.Password, email, n.Name); why != "" {
		return false, wrongField("password", why)
	}
	var has bool
	if err := query(s.Read(ctx), []any{&has}, "SELECT EXISTS (SELECT 1 FROM staff WHERE email = ?)", email); err != nil || has {
		return false, err
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return false, err
	}
	err = s.inTx(ctx, func(tx *Tx) error {
		who := Staff{Email: email, Name: TidyLine(n.Name), Role: n.Role, Lang: n.Lang, PasswordHash: hash, CreatedAt: tx.now, UpdatedAt: tx.now}
		if added, err = tx.createUnlessThere(&who); err != nil || !added {
			return err
		}
		return audit(tx, by, "staff_add", "staff "+email, "", string(n.Role))
	})
	return added, err
}
