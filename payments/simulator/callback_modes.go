package simulator

// Modes of Delivery.
const (
	ModeSent           = "sent"
	ModeLost           = "lost"            // never sent
	ModeDelayed        = "delayed"         // DelayMS, 5000 unless set
	ModeDuplicate      = "duplicate"       // Copies with the same bytes, 2 unless set
	ModeResigned       = "resigned"        // Copies with another request time, signed anew
	ModeOutOfOrder     = "out_of_order"    // sent after a later callback of the order, or after DelayMS, 60000 unless set
	ModeBeforeRedirect = "before_redirect" // the payer's browser waits until the shop has answered
	ModeAfterRedirect  = "after_redirect"  // sent after the browser was sent back to the shop
	ModeBadSignature   = "bad_signature"
	ModeOtherKey       = "other_key"       // signed with a key that is not the bank's
	ModeMissingHeader  = "missing_header"  // no Callback-Signature
	ModeAlteredBody    = "altered_body"    // spaces added after signing
	ModeAlteredEscapes = "altered_escapes" // letters written as \u escapes after signing
	ModeAlteredOrder   = "altered_order"   // keys sorted after signing
	ModeUnknownEvent   = "unknown_event"
	ModeUnknownOrder   = "unknown_order"  // an order_id that does not exist
	ModeOtherOrder     = "other_order"    // another order's external_order_id
	ModeWrongAmount    = "wrong_amount"   // 1.0, properly signed
	ModeWrongCurrency  = "wrong_currency" // properly signed
	ModeTruncated      = "truncated"      // half the bytes, properly signed
)

// callbackMode is a mode and its texts on the payment page.
type callbackMode struct {
	Name  string
	Group bilingual
	Text  bilingual
}

var (
	groupWay       = bilingual{"როდის და რამდენჯერ", "When and how often"}
	groupSignature = bilingual{"ხელმოწერა", "Signature"}
	groupAltered   = bilingual{"ხელმოწერის შემდეგ შეცვლილი ბაიტები", "Bytes changed after signing"}
	groupContent   = bilingual{"მცდარი შინაარსი, სწორი ხელმოწერით", "Wrong content, signed properly"}
)

// callbackModes are all modes in the order of the payment page.
var callbackModes = []callbackMode{
	{ModeSent, groupWay, bilingual{"გაიგზავნოს ჩვეულებრივ", "Sent as usual"}},
	{ModeLost, groupWay, bilingual{"დაიკარგოს", "Lost"}},
	{ModeDelayed, groupWay, bilingual{"დაიგვიანოს 15 წამით", "Delayed by 15 seconds"}},
	{ModeDuplicate, groupWay, bilingual{"გაიგზავნოს ორჯერ, უცვლელად", "Sent twice, the same bytes"}},
	{ModeResigned, groupWay, bilingual{"გაიგზავნოს ორჯერ, ახალი დროითა და ხელმოწერით", "Sent twice, with a new time and signature"}},
	{ModeOutOfOrder, groupWay, bilingual{"მომდევნო შეტყობინების შემდეგ მივიდეს", "Arrives after the next one"}},
	{ModeBeforeRedirect, groupWay, bilingual{"მაღაზიამ მყიდველის დაბრუნებამდე მიიღოს", "Received before the payer returns"}},
	{ModeAfterRedirect, groupWay, bilingual{"მყიდველის დაბრუნების შემდეგ გაიგზავნოს", "Sent after the payer returned"}},
	{ModeBadSignature, groupSignature, bilingual{"შემთხვევითი ბაიტები", "Random bytes"}},
	{ModeOtherKey, groupSignature, bilingual{"სხვისი გასაღებით", "Made with a stranger's key"}},
	{ModeMissingHeader, groupSignature, bilingual{"ხელმოწერის გარეშე", "No signature header"}},
	{ModeAlteredBody, groupAltered, bilingual{"დამატებული ჰარები", "Spaces added"}},
	{ModeAlteredEscapes, groupAltered, bilingual{"ქართული ასოები \\u კოდებით", "Georgian letters as \\u escapes"}},
	{ModeAlteredOrder, groupAltered, bilingual{"ველების სხვა თანმიმდევრობა", "Keys in another order"}},
	{ModeUnknownEvent, groupContent, bilingual{"უცნობი მოვლენა", "Unknown event"}},
	{ModeUnknownOrder, groupContent, bilingual{"უცნობი order_id", "Unknown order_id"}},
	{ModeOtherOrder, groupContent, bilingual{"სხვა შეკვეთის ნომერი", "Another shop order's number"}},
	{ModeWrongAmount, groupContent, bilingual{"სხვა თანხა", "Wrong amount"}},
	{ModeWrongCurrency, groupContent, bilingual{"სხვა ვალუტა", "Wrong currency"}},
	{ModeTruncated, groupContent, bilingual{"მხოლოდ ნახევარი", "Only half of it"}},
}

// modes are the names of callbackModes.
var modes = func() (names []string) {
	for _, m := range callbackModes {
		names = append(names, m.Name)
	}
	return names
}()
