package views

// MailReview is what the mail to staff about the review queue says: the kind "review".
type MailReview struct {
	Lang    string
	Count   int // items it is about
	Items   []MailReviewItem
	More    int    // items that are not listed
	URL     string // absolute address of the review queue
	ShopURL string
	Seller  Seller
}

// MailReviewItem is an item in such a mail.
type MailReviewItem struct {
	Title, Happened string
	Order, Amount   string // "" if it is about none
	URL             string
}

func (m MailReview) language() string { return m.Lang }

func (m MailReview) subject(kind string) string { return N(m.Lang, "mail."+kind+".subject", m.Count) }

// Foot says why the mail was sent.
func (m MailReview) Foot() string { return T(m.Lang, "mail.foot_staff") }
