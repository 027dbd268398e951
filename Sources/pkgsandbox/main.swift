print("pkgsandbox")
