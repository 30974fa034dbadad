package simulator

import (
	"slices"
	"strings"
)

// knob is one question of the panel.
type knob struct {
	Name, TestID, Label string
	Groups              []knobGroup
}

// knobGroup is a part of the answers; without a label they stand by themselves.
type knobGroup struct {
	Label   string
	Choices []knobChoice
}

type knobChoice struct {
	Value, Text string
	Chosen      bool // never the first, which is chosen unless another is
}

// option is a possible answer. The empty one leaves the matter to the card and
// the settings.
type option struct {
	Value string
	Group words
	Text  words
}

var asIs = option{Text: words{"ნაგულისხმევად", "As the card and the settings say"}}

// outcomeOptions are the response codes in the words of the test cards.
var outcomeOptions = func() []option {
	options := []option{asIs}
	for _, does := range behaviours {
		if !slices.ContainsFunc(options, func(o option) bool { return o.Value == does.Code }) {
			options = append(options, option{Value: does.Code, Text: does.Text})
		}
	}
	return options
}()

var settleOptions = []option{
	asIs,
	{Value: "0", Text: words{"მყისიერად", "None"}},
	{Value: "5000", Text: words{"5 წამი", "5 seconds"}},
	{Value: "30000", Text: words{"30 წამი", "30 seconds"}},
	{Value: "-1", Text: words{"უსასრულოდ — პასუხი არ მოვა", "For ever — no answer comes"}},
}

// callbackOptions are all modes; the panel calls two copies "twice", and offers
// repetition beside them.
var callbackOptions = func() (options []option) {
	for _, m := range callbackModes {
		if m.Name == ModeDuplicate {
			m.Name = choiceTwice
		}
		options = append(options, option{m.Name, m.Group, m.Text})
		if m.Name == ModeLost {
			text := words{"გამეორდეს სამჯერ, თუ მაღაზიამ არ მიიღო", "Repeated up to 3 times until received"}
			options = append(options, option{choiceRetried, m.Group, text})
		}
	}
	return options
}()

var laterOptions = append([]option{
	asIs,
	{Value: laterSucceed, Text: words{"შესრულდეს", "Succeed"}},
	{Value: laterReject, Text: words{"უარყოფილ იქნეს", "Are rejected"}},
	{Value: laterSlow, Text: words{"შესრულდეს 15 წამის შემდეგ", "Take 15 seconds"}},
	{Value: laterNever, Text: words{"უპასუხოდ დარჩეს", "Never end"}},
}, slices.Concat(
	codeOptions(words{"მხოლოდ თანხის დაბრუნება უარყოფილ იქნეს", "Refunds alone are rejected"}, refundCodes),
	codeOptions(words{"მხოლოდ ავტომატური ჩამოჭრა უარყოფილ იქნეს", "Automatic charges alone are declined"}, chargeCodes),
)...)

// chargeCodes are the codes with which an automatic charge can be declined.
var chargeCodes = func() (codes []string) {
	for _, o := range outcomeOptions {
		if o.Value != "" && o.Value != "100" {
			codes = append(codes, o.Value)
		}
	}
	return codes
}()

// codeOptions are response codes to choose from, in a group of their own.
func codeOptions(group words, codes []string) (options []option) {
	for _, code := range codes {
		text := codeWords[code]
		options = append(options, option{code, group, words{code + ": " + text.KA, code + ": " + text.EN}})
	}
	return options
}

// faultOptions are the kinds of faults in words.
var faultOptions = []option{
	{Text: words{"ხარვეზის გარეშე", "None"}},
	{Value: Fault500Before, Text: words{"500, მოთხოვნა არ შესრულდა", "500, nothing done"}},
	{Value: Fault500After, Text: words{"500, თუმცა მოთხოვნა შესრულდა", "500, although it was done"}},
	{Value: FaultLostReply, Text: words{"შესრულდა, მაგრამ პასუხი დაიკარგა", "Done, but the reply is lost"}},
	{Value: FaultDelay, Text: words{"შესრულდება 3 წამის შემდეგ", "Done 3 seconds late"}},
	{Value: FaultDelayAfter, Text: words{"შესრულდა, პასუხი 3 წამით იგვიანებს", "Done, the reply is 3 seconds late"}},
	{Value: FaultReset, Text: words{"კავშირი გაწყდა", "Connection reset"}},
	{Value: FaultBlackhole, Text: words{"პასუხი არ მოდის", "No answer"}},
	{Value: Fault401, Text: words{"ტოკენი ვადამდე გაუქმდა (401)", "The token dies early (401)"}},
	{Value: Fault429, Text: words{"ძალიან ბევრი მოთხოვნა (429)", "Too many requests (429)"}},
	{Value: FaultTruncatedJSON, Text: words{"JSON ნახევარზე წყდება", "Half of the JSON"}},
	{Value: FaultHTMLErrorPage, Text: words{"HTML გვერდი JSON-ის ნაცვლად (403)", "HTML page instead of JSON (403)"}},
	{Value: FaultUnknownStatus, Text: words{"უცნობი სტატუსი", "Unknown status"}},
	{Value: FaultExtraFields, Text: words{"უცნობი ველები", "Unknown fields"}},
	{Value: FaultNumberAmounts, Text: words{"თანხები რიცხვებად, ბრჭყალების გარეშე", "Amounts as numbers, without quotes"}},
}

// faultRouteOptions are the calls about an order that has a page.
var faultRouteOptions = []option{
	{Text: words{"ნებისმიერ მომდევნოზე", "The next one, whatever it is"}},
	{Value: "receipt", Text: words{"შეკვეთის მდგომარეობა", "Payment details"}},
	{Value: "refund", Text: words{"თანხის დაბრუნება", "Refund"}},
	{Value: "approve", Text: words{"დაბლოკილი თანხის ჩამოჭრა", "Approval of a hold"}},
	{Value: "cancel", Text: words{"დაბლოკილი თანხის გათავისუფლება", "Cancellation of a hold"}},
	{Value: "pay_saved", Text: words{"შენახული ბარათით გადახდა", "Payment with the saved card"}},
	{Value: "subscribe", Text: words{"ავტომატური ჩამოჭრა", "Automatic charge"}},
	{Value: "forget_card", Text: words{"შენახული ბარათის წაშლა", "Deletion of the saved card"}},
}

// knobs are the questions of the panel in a language.
func (p panel) knobs(lang string) []knob {
	ask := func(name, chosen string, label words, options []option) knob {
		k := knob{Name: "sim_" + name, TestID: "sim-" + strings.ReplaceAll(name, "_", "-"), Label: label.in(lang)}
		for i, o := range options {
			if n := len(k.Groups); n == 0 || k.Groups[n-1].Label != o.Group.in(lang) {
				k.Groups = append(k.Groups, knobGroup{Label: o.Group.in(lang)})
			}
			group := &k.Groups[len(k.Groups)-1]
			group.Choices = append(group.Choices, knobChoice{o.Value, o.Text.in(lang), i > 0 && o.Value == chosen})
		}
		return k
	}
	return []knob{
		ask("outcome", p.Outcome, words{"გადახდის შედეგი", "Outcome of the payment"}, outcomeOptions),
		ask("settle", p.Settle, words{"დამუშავების დრო", "Time in processing"}, settleOptions),
		ask("callback", p.Callback, words{"მაღაზიისთვის გასაგზავნი შეტყობინება (callback)", "Callback to the shop"}, callbackOptions),
		ask("later", p.Later, words{"შემდგომი ოპერაციები: დაბრუნება, დადასტურება, გაუქმება", "Later refunds, approvals, cancellations"}, laterOptions),
		ask("fault", p.Fault, words{"API-ის ერთჯერადი ხარვეზი", "Fault of the API, once"}, faultOptions),
		ask("fault_route", p.FaultRoute, words{"რომელ მოთხოვნაზე", "On which call"}, faultRouteOptions),
	}
}
