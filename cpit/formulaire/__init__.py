"""Les formulaires à envoyer : une page autonome qui rend une passation que cpit lit."""
