// Command app is telegramtrac.
package main

func main() {}
