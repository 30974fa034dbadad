package simulator

import (
	"slices"
	"strings"
)

// planQuestion is one select of the planForm.
type planQuestion struct {
	Name, TestID, Label string
	Groups              []optionGroup
}

// optionGroup is a group of answers. Without a label its answers stand outside any group.
type optionGroup struct {
	Label   string
	Choices []optionView
}

type optionView struct {
	Value, Text string
	Chosen      bool // false for the first option, which browsers choose by themselves
}

// option is a possible answer. An empty value leaves the decision to the card and the settings.
type option struct {
	Value string
	Group bilingual
	Text  bilingual
}

var asUsual = option{Text: bilingual{"ნაგულისხმევად", "As the card and the settings say"}}

// outcomeOptions are the response codes that a payment can end with, in the words of the
// test cards.
var outcomeOptions = func() []option {
	options := []option{asUsual}
	for _, does := range behaviours {
		if !slices.ContainsFunc(options, func(o option) bool { return o.Value == does.Code }) {
			options = append(options, option{Value: does.Code, Text: does.Text})
		}
	}
	return options
}()

var settleOptions = []option{
	asUsual,
	{Value: "0", Text: bilingual{"მყისიერად", "None"}},
	{Value: "5000", Text: bilingual{"5 წამი", "5 seconds"}},
	{Value: "30000", Text: bilingual{"30 წამი", "30 seconds"}},
	{Value: "10800000", Text: bilingual{"3 საათი — როგორც სესხის განხილვა", "3 hours — as a decision on a loan"}},
	{Value: "-1", Text: bilingual{"უსასრულოდ — პასუხი არ მოვა", "For ever — no answer comes"}},
}

// callbackOptions are all modes of callbacks. Two copies are named "twice" here, and
// repetition is one more option.
var callbackOptions = func() (options []option) {
	for _, m := range callbackModes {
		if m.Name == ModeDuplicate {
			m.Name = choiceTwice
		}
		options = append(options, option{m.Name, m.Group, m.Text})
		if m.Name == ModeLost {
			text := bilingual{"გამეორდეს სამჯერ, თუ მაღაზიამ არ მიიღო", "Repeated up to 3 times until received"}
			options = append(options, option{choiceRetried, m.Group, text})
		}
	}
	return options
}()

var laterOptions = append([]option{
	asUsual,
	{Value: laterSucceed, Text: bilingual{"შესრულდეს", "Succeed"}},
	{Value: laterReject, Text: bilingual{"უარყოფილ იქნეს", "Are rejected"}},
	{Value: laterSlow, Text: bilingual{"შესრულდეს 15 წამის შემდეგ", "Take 15 seconds"}},
	{Value: laterNever, Text: bilingual{"უპასუხოდ დარჩეს", "Never end"}},
}, slices.Concat(
	codeOptions(bilingual{"მხოლოდ თანხის დაბრუნება უარყოფილ იქნეს", "Refunds alone are rejected"}, refundCodes),
	codeOptions(bilingual{"მხოლოდ ავტომატური ჩამოჭრა უარყოფილ იქნეს", "Automatic charges alone are declined"}, chargeCodes),
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

// codeOptions makes a group of options from response codes.
func codeOptions(group bilingual, codes []string) (options []option) {
	for _, code := range codes {
		text := codeTexts[code]
		options = append(options, option{code, group, bilingual{code + ": " + text.KA, code + ": " + text.EN}})
	}
	return options
}

var faultOptions = []option{
	{Text: bilingual{"ხარვეზის გარეშე", "None"}},
	{Value: Fault500Before, Text: bilingual{"500, მოთხოვნა არ შესრულდა", "500, nothing done"}},
	{Value: Fault500After, Text: bilingual{"500, თუმცა მოთხოვნა შესრულდა", "500, although it was done"}},
	{Value: FaultLostReply, Text: bilingual{"შესრულდა, მაგრამ პასუხი დაიკარგა", "Done, but the reply is lost"}},
	{Value: FaultDelay, Text: bilingual{"შესრულდება 3 წამის შემდეგ", "Done 3 seconds late"}},
	{Value: FaultDelayAfter, Text: bilingual{"შესრულდა, პასუხი 3 წამით იგვიანებს", "Done, the reply is 3 seconds late"}},
	{Value: FaultReset, Text: bilingual{"კავშირი გაწყდა", "Connection reset"}},
	{Value: FaultBlackhole, Text: bilingual{"პასუხი არ მოდის", "No answer"}},
	{Value: Fault401, Text: bilingual{"ტოკენი ვადამდე გაუქმდა (401)", "The token dies early (401)"}},
	{Value: Fault429, Text: bilingual{"ძალიან ბევრი მოთხოვნა (429)", "Too many requests (429)"}},
	{Value: FaultTruncatedJSON, Text: bilingual{"JSON ნახევარზე წყდება", "Half of the JSON"}},
	{Value: FaultHTMLErrorPage, Text: bilingual{"HTML გვერდი JSON-ის ნაცვლად (403)", "HTML page instead of JSON (403)"}},
	{Value: FaultUnknownStatus, Text: bilingual{"უცნობი სტატუსი", "Unknown status"}},
	{Value: FaultExtraFields, Text: bilingual{"უცნობი ველები", "Unknown fields"}},
	{Value: FaultNumberAmounts, Text: bilingual{"თანხები რიცხვებად, ბრჭყალების გარეშე", "Amounts as numbers, without quotes"}},
}

// faultRouteOptions are the API calls that can follow once an order has its page.
var faultRouteOptions = []option{
	{Text: bilingual{"ნებისმიერ მომდევნოზე", "The next one, whatever it is"}},
	{Value: "receipt", Text: bilingual{"შეკვეთის მდგომარეობა", "Payment details"}},
	{Value: "refund", Text: bilingual{"თანხის დაბრუნება", "Refund"}},
	{Value: "approve", Text: bilingual{"დაბლოკილი თანხის ჩამოჭრა", "Approval of a hold"}},
	{Value: "cancel", Text: bilingual{"დაბლოკილი თანხის გათავისუფლება", "Cancellation of a hold"}},
	{Value: "pay_saved", Text: bilingual{"შენახული ბარათით გადახდა", "Payment with the saved card"}},
	{Value: "subscribe", Text: bilingual{"ავტომატური ჩამოჭრა", "Automatic charge"}},
	{Value: "forget_card", Text: bilingual{"შენახული ბარათის წაშლა", "Deletion of the saved card"}},
}

// questions are the selects of the form with their texts in lang.
func (p planForm) questions(lang string) []planQuestion {
	ask := func(name, chosen string, label bilingual, options []option) planQuestion {
		k := planQuestion{Name: "sim_" + name, TestID: "sim-" + strings.ReplaceAll(name, "_", "-"), Label: label.in(lang)}
		for i, o := range options {
			if n := len(k.Groups); n == 0 || k.Groups[n-1].Label != o.Group.in(lang) {
				k.Groups = append(k.Groups, optionGroup{Label: o.Group.in(lang)})
			}
			group := &k.Groups[len(k.Groups)-1]
			group.Choices = append(group.Choices, optionView{o.Value, o.Text.in(lang), i > 0 && o.Value == chosen})
		}
		return k
	}
	return []planQuestion{
		ask("outcome", p.Outcome, bilingual{"გადახდის შედეგი", "Outcome of the payment"}, outcomeOptions),
		ask("settle", p.Settle, bilingual{"დამუშავების დრო", "Time in processing"}, settleOptions),
		ask("callback", p.Callback, bilingual{"მაღაზიისთვის გასაგზავნი შეტყობინება (callback)", "Callback to the shop"}, callbackOptions),
		ask("later", p.Later, bilingual{"შემდგომი ოპერაციები: დაბრუნება, დადასტურება, გაუქმება", "Later refunds, approvals, cancellations"}, laterOptions),
		ask("fault", p.Fault, bilingual{"API-ის ერთჯერადი ხარვეზი", "Fault of the API, once"}, faultOptions),
		ask("fault_route", p.FaultRoute, bilingual{"რომელ მოთხოვნაზე", "On which call"}, faultRouteOptions),
	}
}
