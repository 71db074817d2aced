package engine

import (
	"context"
	"reflect"
	"testing"

	"telegramtrac/collector"
)

// recorder answers every method of Accounts with nothing, and notes which was called.
type recorder struct{ called []string }

func note[Out any](r *recorder, name string) (out Out, err error) {
	r.called = append(r.called, name)
	return out, nil
}

func (r *recorder) do(name string) error { _, err := note[struct{}](r, name); return err }

func (r *recorder) SendCode(context.Context, SendCode) (SignIn, error) {
	return note[SignIn](r, "SendCode")
}
func (r *recorder) ResendCode(context.Context, string) (SignIn, error) {
	return note[SignIn](r, "ResendCode")
}
func (r *recorder) EnterCode(context.Context, EnterCode) (SignedIn, error) {
	return note[SignedIn](r, "EnterCode")
}
func (r *recorder) EnterPassword(context.Context, EnterPassword) (SignedIn, error) {
	return note[SignedIn](r, "EnterPassword")
}
func (r *recorder) ShowQR(context.Context, ShowQR) (QR, error) { return note[QR](r, "ShowQR") }
func (r *recorder) AskQR(context.Context, AskQR) (QR, error)   { return note[QR](r, "AskQR") }
func (r *recorder) CancelSignIn(context.Context, string) error { return r.do("CancelSignIn") }
func (r *recorder) NoAccount(context.Context, NoAccount) (Workspace, error) {
	return note[Workspace](r, "NoAccount")
}
func (r *recorder) Look(context.Context, References) ([]Look, error) { return note[[]Look](r, "Look") }
func (r *recorder) Picture(context.Context, References) (Picture, error) {
	return note[Picture](r, "Picture")
}
func (r *recorder) Check(context.Context, References) ([]Checked, error) {
	return note[[]Checked](r, "Check")
}
func (r *recorder) LookUps(context.Context, References) (LookUps, error) {
	return note[LookUps](r, "LookUps")
}
func (r *recorder) Standing(context.Context, string) (collector.Standing, error) {
	return note[collector.Standing](r, "Standing")
}
func (r *recorder) GoOn(context.Context, string) error           { return r.do("GoOn") }
func (r *recorder) SignOut(context.Context, Leave) (Left, error) { return note[Left](r, "SignOut") }
func (r *recorder) SignOutEverywhere(context.Context, Leave) (Left, error) {
	return note[Left](r, "SignOutEverywhere")
}
func (r *recorder) Delete(context.Context, string) (Left, error) { return note[Left](r, "Delete") }
func (r *recorder) StartImport(context.Context, StartImport) (collector.Import, error) {
	return note[collector.Import](r, "StartImport")
}
func (r *recorder) ImportState(context.Context, string) (collector.Import, error) {
	return note[collector.Import](r, "ImportState")
}
func (r *recorder) CancelImport(context.Context, string) error { return r.do("CancelImport") }
func (r *recorder) Alive(context.Context) error                { return r.do("Alive") }

// Every method of Accounts arrives at the same method of whoever serves them.
func TestAccountsArrive(t *testing.T) {
	e := open(t, Options{})
	var far recorder
	stop, err := e.ServeAccounts(t.Context(), &far)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	accounts := reflect.TypeFor[Accounts]()
	if n := len(accountMethods()); n != accounts.NumMethod() {
		t.Errorf("%d methods are served, want %d", n, accounts.NumMethod())
	}
	near := reflect.ValueOf(e.Accounts())
	for m := range accounts.Methods() {
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for i := 1; i < m.Type.NumIn(); i++ {
			args = append(args, reflect.Zero(m.Type.In(i)))
		}
		far.called = nil
		out := near.MethodByName(m.Name).Call(args)
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		if len(far.called) != 1 || far.called[0] != m.Name {
			t.Errorf("%s arrived at %v", m.Name, far.called)
		}
	}
}
