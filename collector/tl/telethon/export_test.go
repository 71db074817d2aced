package telethon

// What TestEveryLayer needs, which makes rows of the objects, too.
var (
	FlagType    = flagType
	ClassName   = className
	KeyName     = keyName
	IsDate      = isDate
	AppendFloat = appendFloat
)

// Older reports whether a class has obsolete forms.
func Older(class string) bool { return older[class] != nil }

// Secret reports whether a key's values are never stored.
func Secret(key string) bool { return secrets[key] }
