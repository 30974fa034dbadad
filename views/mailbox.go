package views

import (
	"regexp"
	"strings"
)

// Mailbox is pages/mailbox: the mails that a shop without a mail server keeps.
type Mailbox struct {
	Page
	Mails []MailItem
}

// MailItem is one mail in the mailbox.
type MailItem struct {
	URL, To, Subject, Time string
}

// MailboxMessage is pages/mail.
type MailboxMessage struct {
	Page
	To, Subject, Time string
	Body              []TextPart // see SplitLinks
	HTMLURL           string     // where the HTML part can be seen; "" if nowhere
	BackURL           string
}

// TextPart is a part of plain text; URL is not empty if it is a web address.
type TextPart struct {
	Text, URL string
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+`)

// SplitLinks splits plain text at the web addresses in it, so that a page can show them
// as links.
func SplitLinks(text string) []TextPart {
	var parts []TextPart
	for text = strings.TrimSpace(text); text != ""; {
		at := webAddress.FindStringIndex(text)
		if at == nil {
			return append(parts, TextPart{Text: text})
		}
		if at[0] > 0 {
			parts = append(parts, TextPart{Text: text[:at[0]]})
		}
		found := text[at[0]:at[1]]
		parts = append(parts, TextPart{Text: found, URL: found})
		text = text[at[1]:]
	}
	return parts
}
