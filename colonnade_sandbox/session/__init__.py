"""One running sandbox: the emulator, the control loop and Terraform, and what other processes may know of it."""
