package models

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// generatedPasswordLife is how long a generated password opens a session, in which its owner
// chooses one of their own.
const generatedPasswordLife = 7 * 24 * time.Hour

// generatePassword makes a password that somebody reads off a page and types once: sixteen
// letters, five bits each.
func generatePassword() string {
	text := strings.ToLower(rand.Text())
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:16]}, "-")
}

// wrong returns what is wrong with n besides its password, and tidies it.
func (n *NewStaff) wrong() error {
	fields := map[string]string{}
	n.Name = TidyLine(n.Name)
	if why := staffNameProblem(n.Name); why != "" {
		fields["name"] = why
	}
	email, ok := parseEmail(n.Email)
	if !ok {
		fields["email"] = emailProblem(n.Email)
	}
	n.Email = email
	if !slices.Contains(Roles, n.Role) {
		fields["role"] = "admin.error.role"
	}
	if len(fields) > 0 {
		return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: fields}
	}
	return nil
}

func staffNameProblem(name string) string {
	return (&Checkout{Name: name}).wrongIn("name")["name"]
}

// InviteStaff adds a member of staff with a generated password, which is returned and stored
// nowhere: the manager who adds them hands it over. It must be changed at the first sign-in. Errors:
// Invalid with Fields.
func (s *Store) InviteStaff(ctx context.Context, by Actor, n NewStaff) (who *Staff, password string, err error) {
	if err := n.wrong(); err != nil {
		return nil, "", err
	}
	password = generatePassword()
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return nil, "", err
	}
	err = s.inTx(ctx, func(tx *Tx) error {
		until := tx.now.Add(generatedPasswordLife)
		who = &Staff{
			Email: n.Email, Name: n.Name, Role: n.Role, Lang: n.Lang, PasswordHash: hash, PasswordUntil: &until, CreatedAt: tx.now, UpdatedAt: tx.now,
		}
		if added, err := tx.createUnlessThere(who); err != nil {
			return err
		} else if !added {
			return wrongField("email", "admin.staff.taken")
		}
		return audit(tx, by, "staff_add", "staff "+n.Email, "", string(n.Role))
	})
	return who, password, err
}

// StaffMember is a member of staff as managers see them in the list.
type StaffMember struct {
	Staff
	SeenAt *time.Time // the last use of a session that is still there; nil: none is
}

// StaffList lists everybody who runs or ran the shop: those who can sign in first.
func (s *Store) StaffList(ctx context.Context) (list []StaffMember, err error) {
	var people []Staff
	if err := s.Read(ctx).Order("disabled_at IS NOT NULL, name, id").Find(&people).Error; err != nil {
		return nil, err
	}
	var sessions []StaffSession
	if err := s.Read(ctx).Order("seen_at").Find(&sessions).Error; err != nil {
		return nil, err
	}
	seen := map[int64]*time.Time{}
	for _, x := range sessions {
		seen[x.StaffID] = &x.SeenAt
	}
	for _, who := range people {
		list = append(list, StaffMember{who, seen[who.ID]})
	}
	return list, nil
}

// StaffByID returns a member of staff. Errors: NotFound.
func (s *Store) StaffByID(ctx context.Context, id int64) (*Staff, error) {
	return staffWhere(s.Read(ctx), "id = ?", id)
}

// StaffByEmail returns the member of staff with this address. Errors: NotFound.
func (s *Store) StaffByEmail(ctx context.Context, email string) (*Staff, error) {
	email, _ = parseEmail(email)
	return staffWhere(s.Read(ctx), "email = ?", email)
}

func staffWhere(db *gorm.DB, where string, arg any) (*Staff, error) {
	var who Staff
	if err := db.Where(where, arg).Take(&who).Error; err != nil {
		return nil, notFound(err, CodeStaffNotFound)
	}
	return &who, nil
}

// changeStaff loads and locks a member of staff, has change alter them, and stores the named
// fields. Whatever change does, one manager who can sign in remains, and where it changes what
// somebody may do or how they prove who they are, their sessions end at once, except the one
// with keepHash.
func (s *Store) changeStaff(ctx context.Context, id int64, keepHash string, change func(tx *Tx, who *Staff) error, fields ...string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject("managers"); err != nil {
			return err
		}
		who, err := staffWhere(tx.locked(), "id = ?", id)
		if err != nil {
			return err
		}
		before := *who
		if err := change(tx, who); err != nil {
			return err
		}
		who.UpdatedAt = tx.now
		if err := tx.save(who, append(fields, "UpdatedAt")...); err != nil {
			return err
		}
		if err := oneManagerLeft(tx, before); err != nil {
			return err
		}
		if before.Role == who.Role && before.PasswordHash == who.PasswordHash && before.TOTPSecret == who.TOTPSecret &&
			(before.DisabledAt == nil) == (who.DisabledAt == nil) {
			return nil
		}
		return endStaffSessions(tx, id, keepHash)
	})
}

// oneManagerLeft returns an error if the change takes away the last manager who can sign in. Errors: Conflict.
func oneManagerLeft(tx *Tx, before Staff) error {
	if before.Role != RoleManager || before.DisabledAt != nil {
		return nil
	}
	var left bool
	err := query(tx.DB, []any{&left}, "SELECT EXISTS (SELECT 1 FROM staff WHERE role = ? AND disabled_at IS NULL)", RoleManager)
	if err == nil && !left {
		return &Error{Kind: Conflict, Code: CodeStaffLastManager}
	}
	return err
}

// ChangeStaff gives a member of staff another name, language and role. Errors: NotFound,
// Conflict, Invalid with Fields.
func (s *Store) ChangeStaff(ctx context.Context, by Actor, id int64, name string, lang Lang, role Role) error {
	name = TidyLine(name)
	if why := staffNameProblem(name); why != "" {
		return wrongField("name", why)
	}
	if !slices.Contains(Roles, role) {
		return wrongField("role", "admin.error.role")
	}
	return s.changeStaff(ctx, id, "", func(tx *Tx, who *Staff) error {
		before := *who
		who.Name, who.Lang, who.Role = name, lang, role
		if before.Name != name {
			if err := audit(tx, by, "staff_name", "staff "+who.Email, before.Name, name); err != nil {
				return err
			}
		}
		if before.Role == role {
			return nil
		}
		return audit(tx, by, "staff_role", "staff "+who.Email, string(before.Role), string(role))
	}, "Name", "Lang", "Role")
}

// SetStaffLang changes the language of the back office for a member of staff.
func (s *Store) SetStaffLang(ctx context.Context, staffID int64, lang Lang) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE staff SET lang = ?, updated_at = ? WHERE id = ?", lang, tx.now, staffID)
	})
}

// DisableStaff locks a member of staff out at once; what they did stays theirs. Nobody disables
// themselves. Errors: NotFound, Conflict.
func (s *Store) DisableStaff(ctx context.Context, by Actor, id int64) error {
	if by.StaffID == id {
		return &Error{Kind: Conflict, Code: CodeStaffOneself}
	}
	return s.changeStaff(ctx, id, "", func(tx *Tx, who *Staff) error {
		if who.DisabledAt != nil {
			return nil
		}
		who.DisabledAt = &tx.now
		return audit(tx, by, "staff_disable", "staff "+who.Email, "", "")
	}, "DisabledAt")
}

// EnableStaff lets a member of staff who was disabled sign in again. Errors: NotFound.
func (s *Store) EnableStaff(ctx context.Context, by Actor, id int64) error {
	return s.changeStaff(ctx, id, "", func(tx *Tx, who *Staff) error {
		if who.DisabledAt == nil {
			return nil
		}
		who.DisabledAt = nil
		return audit(tx, by, "staff_enable", "staff "+who.Email, "", "")
	}, "DisabledAt")
}

// ResetSecondFactor takes away somebody's second factor and recovery codes: at their next
// sign-in they set up another. Errors: NotFound.
func (s *Store) ResetSecondFactor(ctx context.Context, by Actor, id int64) error {
	return s.changeStaff(ctx, id, "", func(tx *Tx, who *Staff) error { return resetSecondFactor(tx, by, who) }, "TOTPSecret")
}

func resetSecondFactor(tx *Tx, by Actor, who *Staff) error {
	who.TOTPSecret = ""
	if err := tx.exec("DELETE FROM staff_recovery_codes WHERE staff_id = ?", who.ID); err != nil {
		return err
	}
	return audit(tx, by, "second_factor_reset", "staff "+who.Email, "", "")
}

// ResetStaffPassword gives somebody a generated password in place of theirs, as InviteStaff
// does, and returns it. With secondFactor it takes that away, too. Errors: NotFound.
func (s *Store) ResetStaffPassword(ctx context.Context, by Actor, id int64, secondFactor bool) (password string, err error) {
	password = generatePassword()
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	return password, s.changeStaff(ctx, id, "", func(tx *Tx, who *Staff) error {
		until := tx.now.Add(generatedPasswordLife)
		who.PasswordHash, who.PasswordUntil = hash, &until
		if secondFactor {
			if err := resetSecondFactor(tx, by, who); err != nil {
				return err
			}
		}
		return audit(tx, by, "password_reset", "staff "+who.Email, "", "")
	}, "PasswordHash", "PasswordUntil", "TOTPSecret")
}

// ChangeStaffPassword gives the one who is signed in another password; their other sessions
// end. Somebody with a generated password has just given it and is not asked for it again, and
// must choose another.
// Errors: Invalid with Fields, Limited.
func (s *Store) ChangeStaffPassword(ctx context.Context, who *Staff, session *StaffSession, old, password string, from StaffOrigin) error {
	if who.PasswordUntil == nil {
		if err := s.checkStaffPassword(ctx, who, "old_password", old, from); err != nil {
			return err
		}
	}
	if why := checkPassword(password, who.Email, who.Name); why != "" {
		return wrongField("new_password", why)
	}
	same, err := s.passwordFits(ctx, who.PasswordHash, password)
	if err != nil {
		return err
	}
	if same {
		return wrongField("new_password", "admin.me.password_same")
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.changeStaff(ctx, who.ID, session.KeyHash, func(tx *Tx, now *Staff) error {
		if now.PasswordHash != who.PasswordHash { // reset meanwhile
			return &Error{Kind: Conflict, Code: CodeStaffChanged}
		}
		now.PasswordHash, now.PasswordUntil = hash, nil
		return audit(tx, from.actor(who), "password", "staff "+who.Email, "", "")
	}, "PasswordHash", "PasswordUntil")
}

// HasStaff reports whether there is a member of staff with this address.
func (s *Store) HasStaff(ctx context.Context, email string) (bool, error) {
	who, err := orNil(s.StaffByEmail(ctx, email))
	return who != nil, err
}
