package models

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"
)

// SecondFactor is what somebody gives beside the password: a code of their device, or one of
// the recovery codes that they keep for the day the device is lost.
type SecondFactor struct {
	Step     int64  // the time step that the code belongs to; 0: to none that may be used now
	Recovery string // a recovery code as it was typed, "" for none
}

var errWrongCode = &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: map[string]string{"code": "admin.code.wrong"}}

// staffCodeTries is the subject under which tries of the second factor count.
const staffCodeTries = "staff code "

// ProveStaff notes in the session that its owner has given the second factor now. Each code
// works once, also if two give it at the same moment. The first proof of a session ends the
// sign-in: the session gets another key, which is returned; "" leaves the key as it is.
// Tries are limited as those of passwords. Errors: Invalid with Fields, Limited.
func (s *Store) ProveStaff(ctx context.Context, who *Staff, session *StaffSession, given SecondFactor, from StaffOrigin) (key string, err error) {
	t, err := s.countTry(ctx, staffCodeTries+who.Email, from.Network, "")
	if err != nil {
		return "", err
	}
	fits := false
	err = s.inTx(ctx, func(tx *Tx) (err error) {
		by := from.actor(who)
		if fits, err = useSecondFactor(tx, by, who, given); err != nil {
			return err
		}
		if !fits {
			return auditFailure(tx, by, "second_factor_failed", "staff "+who.Email)
		}
		key, err = prove(tx, by, who, session)
		return err
	})
	if err != nil {
		return "", err
	}
	if !fits {
		return "", errWrongCode
	}
	return key, s.succeeded(ctx, t)
}

// ProveStaffByPassword is ProveStaff for those who have no second factor, which happens only beside
// the simulated bank: they give the password again. Errors: Invalid "signin.wrong",
// Limited.
func (s *Store) ProveStaffByPassword(ctx context.Context, who *Staff, session *StaffSession, password string, from StaffOrigin) error {
	if err := s.checkStaffPassword(ctx, who, "password", password, from); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error {
		_, err := prove(tx, from.actor(who), who, session)
		return err
	})
}

// checkStaffPassword checks the password of somebody who is signed in, with the limits of
// StaffSignIn. Errors: Invalid with the field, Limited.
func (s *Store) checkStaffPassword(ctx context.Context, who *Staff, field, password string, from StaffOrigin) error {
	t, err := s.countTry(ctx, staffTries+who.Email, from.Network, "")
	if err != nil {
		return err
	}
	fits, err := s.passwordFits(ctx, who.PasswordHash, password)
	if err != nil {
		return err
	}
	if !fits {
		return wrongField(field, "admin.me.password_wrong")
	}
	return s.succeeded(ctx, t)
}

// prove notes the proof and, if it is the session's first, the sign-in. A session that was
// ended meanwhile stays ended.
func prove(tx *Tx, by Actor, who *Staff, session *StaffSession) (key string, err error) {
	hash, token := session.KeyHash, session.Token
	if session.ProvedAt == nil {
		key, token = rand.Text(), rand.Text()
		hash = digest([]byte(key))
	}
	n, err := tx.execRows("UPDATE staff_sessions SET proved_at = ?, seen_at = ?, key_hash = ?, token = ? WHERE key_hash = ?",
		tx.now, tx.now, hash, token, session.KeyHash)
	switch {
	case err != nil:
		return "", err
	case n == 0:
		return "", &Error{Kind: Conflict, Code: CodeStaffSessionOver}
	case key == "":
		return "", nil
	}
	return key, audit(tx, by, "sign_in", "staff "+who.Email, "", "")
}

// useSecondFactor uses up the code that was given, and reports whether it could be used. The
// conditions of the statements decide, so that of two uses at the same moment one fails.
func useSecondFactor(tx *Tx, by Actor, who *Staff, given SecondFactor) (bool, error) {
	if who.TOTPSecret == "" {
		return false, nil
	}
	if given.Step > 0 {
		n, err := tx.execRows("UPDATE staff SET totp_step = ? WHERE id = ? AND totp_secret = ? AND totp_step < ?", given.Step, who.ID, who.TOTPSecret, given.Step)
		return n > 0, err
	}
	code := tidyRecovery(given.Recovery)
	if code == "" {
		return false, nil
	}
	n, err := tx.execRows("UPDATE staff_recovery_codes SET used_at = ? WHERE staff_id = ? AND code_hash = ? AND used_at IS NULL",
		tx.now, who.ID, recoveryHash(who.ID, code))
	if err != nil || n == 0 {
		return false, err
	}
	return true, audit(tx, by, "recovery_code", "staff "+who.Email, "", "")
}

// recoveryCodes is how many recovery codes somebody has, and recoveryLetters how long each is:
// five bits a letter.
const (
	recoveryCodes   = 10
	recoveryLetters = 16
)

// newRecoveryCodes gives somebody new recovery codes in place of all that they had. Only their
// hashes are stored.
func newRecoveryCodes(tx *Tx, staffID int64) (codes []string, err error) {
	if err := tx.exec("DELETE FROM staff_recovery_codes WHERE staff_id = ?", staffID); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		code := rand.Text()[:recoveryLetters]
		if err := tx.exec("INSERT INTO staff_recovery_codes (staff_id, code_hash) VALUES (?, ?)", staffID, recoveryHash(staffID, code)); err != nil {
			return nil, err
		}
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
	}
	return codes, nil
}

func recoveryHash(staffID int64, code string) string {
	text, _ := json.Marshal([]any{staffID, code})
	return digest(text)
}

// tidyRecovery leaves the letters of a recovery code. The alphabet has neither 0 nor 1, which
// people read for O and I.
func tidyRecovery(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '0':
			return 'O'
		case r == '1':
			return 'I'
		case 'A' <= r && r <= 'Z', '2' <= r && r <= '7':
			return r
		}
		return -1
	}, strings.ToUpper(TidyLine(typed)))
}

// RecoveryCodesLeft counts the recovery codes that somebody can still use.
func (s *Store) RecoveryCodesLeft(ctx context.Context, staffID int64) (n int, err error) {
	return n, query(s.Read(ctx), []any{&n}, "SELECT count(*) FROM staff_recovery_codes WHERE staff_id = ? AND used_at IS NULL", staffID)
}

// RenewRecoveryCodes gives somebody new recovery codes; the old ones work no longer.
func (s *Store) RenewRecoveryCodes(ctx context.Context, by Actor, who *Staff) (codes []string, err error) {
	err = s.inTx(ctx, func(tx *Tx) (err error) {
		if codes, err = newRecoveryCodes(tx, who.ID); err != nil {
			return err
		}
		return audit(tx, by, "recovery_codes_new", "staff "+who.Email, "", "")
	})
	return codes, err
}

// SetUpSecondFactor stores sealed as the secret of somebody's second factor, in place of the one
// they had, gives them recovery codes, and ends their other sessions. step is the time step of the
// code that their device made from the secret, 0 if the code does not fit. Setting it up counts as
// a proof; key is as in ProveStaff. Errors: Invalid with Fields, Limited.
func (s *Store) SetUpSecondFactor(ctx context.Context, who *Staff, session *StaffSession, sealed string, step int64, from StaffOrigin) (
	codes []string, key string, err error,
) {
	t, err := s.countTry(ctx, staffCodeTries+who.Email, from.Network, "")
	if err != nil {
		return nil, "", err
	}
	if step == 0 {
		return nil, "", errWrongCode
	}
	err = s.inTx(ctx, func(tx *Tx) (err error) {
		n, err := tx.execRows("UPDATE staff SET totp_secret = ?, totp_step = ?, updated_at = ? WHERE id = ? AND totp_secret = ?",
			sealed, step, tx.now, who.ID, who.TOTPSecret)
		if err != nil {
			return err
		}
		if n == 0 { // set up in another window
			return &Error{Kind: Conflict, Code: CodeStaffChanged}
		}
		if codes, err = newRecoveryCodes(tx, who.ID); err != nil {
			return err
		}
		by := from.actor(who)
		if err := audit(tx, by, "second_factor", "staff "+who.Email, "", ""); err != nil {
			return err
		}
		if err := endStaffSessions(tx, who.ID, session.KeyHash); err != nil {
			return err
		}
		key, err = prove(tx, by, who, session)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return codes, key, s.succeeded(ctx, t)
}

// StaffForm is what was typed into a form that was refused because the proof was stale.
type StaffForm struct {
	Page   string              // the path on which the form stands
	Action string              // the path it was sent to
	Values map[string][]string // never a password or a code
	At     time.Time
}

const (
	// staffFormLife is how long a form waits for the proof.
	staffFormLife = 15 * time.Minute
	// staffFormSize is how many bytes of a form are kept; a longer one is not.
	staffFormSize = 32 << 10
)

// KeepStaffForm keeps a form in the session until it is sent again. It reports whether it
// could: a form that is too long is not kept.
func (s *Store) KeepStaffForm(ctx context.Context, session *StaffSession, f StaffForm) (bool, error) {
	f.At = s.Now()
	text, err := json.Marshal(f)
	if err != nil || len(text) > staffFormSize {
		return false, err
	}
	return true, s.setStaffForm(ctx, session, string(text))
}

// DropStaffForm forgets the form that the session keeps.
func (s *Store) DropStaffForm(ctx context.Context, session *StaffSession) error {
	if session.Form == "" {
		return nil
	}
	return s.setStaffForm(ctx, session, "")
}

func (s *Store) setStaffForm(ctx context.Context, session *StaffSession, text string) error {
	session.Form = text
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE staff_sessions SET form = ? WHERE key_hash = ?", text, session.KeyHash)
	})
}

// KeptForm returns the form that the session keeps, an empty one if there is none.
func (s *StaffSession) KeptForm(now time.Time) (f StaffForm) {
	if s.Form == "" || json.Unmarshal([]byte(s.Form), &f) != nil || now.Sub(f.At) > staffFormLife {
		return StaffForm{}
	}
	return f
}
